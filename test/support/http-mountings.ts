// Every way to serve the API, on a socket of its own wherever there is one, for tests that send what no well-kept client
// sends: what one of them answers, all must answer.
import { Agent, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpOptions } from "../../adapters/http/index.js";
import { createNextRouteHandlers } from "../../adapters/next/index.js";
import type { TenantEngine } from "../../lib/index.js";
import { answerOf, sendToPort, type HttpAnswer, type HttpCall } from "./http-calls.js";
import { faceNames, openFaces, type FaceName } from "./http-faces.js";
import { createNextServer } from "./next-server.js";

/** Serving until it is closed. */
export interface Mounted {
  /** Absent when calls go straight to a handler in this process. */
  readonly port?: number;
  send(call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export type Mount = (engine: TenantEngine, options: HttpOptions) => Promise<Mounted>;

/** Calls to a port, over connections that are kept. */
function reaching(port: number, stop: () => Promise<void>): Mounted {
  // Fewer would queue in the client; what happens with many is for the server to show.
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
  return {
    port,
    send: (call) => sendToPort(port, agent, call),
    async close() {
      agent.destroy();
      await stop();
    },
  };
}

/** Serves a server on a port of its own. */
export async function listening(server: Server): Promise<Mounted> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return reaching((server.address() as AddressInfo).port, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
}

/** A face of the API, by its name. */
const mountOf =
  (name: FaceName): Mount =>
  async (engine, options) => {
    const face = await openFaces[name](engine, options);
    if (face.origin !== undefined) return reaching(Number(new URL(face.origin).port), () => face.close());
    const { close } = face;
    return { send: async ({ headers = {}, ...call }) => answerOf(await face.send({ ...call, headers })), close };
  };

/** By name. */
export const mountings: Readonly<Record<FaceName, Mount>> = {
  ...(Object.fromEntries(faceNames.map((name) => [name, mountOf(name)])) as Record<FaceName, Mount>),
  next: (engine, options) => listening(createNextServer(createNextRouteHandlers(engine, options))),
};
