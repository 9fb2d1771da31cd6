// The parent's end of http-server-child.ts, and the load on it.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import autocannon from "autocannon";
import { nextMessage } from "../child-message.js";
import type { HttpData, HttpDataInput } from "./http-data-child.js";
import type { HttpServerInput, HttpServerReady } from "./http-server-child.js";
import type { HttpWork } from "./http-works.js";

/** What a load came to. */
export interface Served {
  /** Requests a second. */
  readonly rate: number;
  /** Ms that 99 of 100 requests did not exceed. */
  readonly p99Ms: number;
}

/** How long is asked. */
export type HttpLoad =
  /** So many seconds, after so many in which nothing is counted: a server that was idle, or at another work, gets going. */
  | { readonly seconds: number; readonly unmeasuredSeconds: number }
  /** Until every connection has had so many answers. */
  | { readonly requestsEach: number };

/** One server at work. */
export class HttpServerProcess {
  readonly input: HttpServerInput;
  readonly #origin: string;
  readonly #data: HttpData;
  readonly #child: ChildProcess;

  private constructor(input: HttpServerInput, { origin, data }: Required<HttpServerReady>, child: ChildProcess) {
    this.input = input;
    this.#origin = origin;
    this.#data = data;
    this.#child = child;
  }

  /** Resolves when it listens, its records made. */
  static async start(input: HttpServerInput): Promise<HttpServerProcess> {
    const { framework, serves, directory, rows } = input;
    await mkdir(directory, { recursive: true });
    const isOfApi = serves !== "hello" && serves !== "by hand";
    const made = isOfApi ? await makeData({ directory, rows }) : nothing;
    const child = fork(join(import.meta.dirname, "http-server-child.js"), [JSON.stringify(input)]);
    const ready = await nextMessage<HttpServerReady>(child, `the ${framework} server`);
    return new HttpServerProcess(input, { data: made, ...ready }, child);
  }

  /** So many connections ask for one thing as fast as they are answered. Rejects when an answer is no success. */
  async serve(work: HttpWork, load: HttpLoad): Promise<Served> {
    const { connections, requests, isSpread = false } = work;
    if ("seconds" in load && load.unmeasuredSeconds > 0) {
      await this.serve(work, { seconds: load.unmeasuredSeconds, unmeasuredSeconds: 0 });
    }
    const asked = requests(this.#data);
    let connected = 0;
    const result = await autocannon({
      url: this.#origin,
      connections,
      ...("seconds" in load ? { duration: load.seconds } : { amount: connections * load.requestsEach }),
      // Looks at its end only when it takes a sample: by default once a second.
      sampleInt: 100,
      requests: asked,
      setupClient: (client) => {
        const begin = isSpread ? connected % asked.length : 0;
        connected += 1;
        if (begin > 0) client.setRequests([...asked.slice(begin), ...asked.slice(0, begin)]);
      },
    });
    const failed = result.errors + result.timeouts + result.non2xx;
    if (failed > 0) throw new Error(`${failed} of the requests "${work.label}" to ${this.input.framework} failed`);
    return { rate: result.requests.total / result.duration, p99Ms: result.latency.p99 };
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

const nothing: HttpData = { token: "", email: "", userId: "", ids: [] };

async function makeData(input: HttpDataInput): Promise<HttpData> {
  const child = fork(join(import.meta.dirname, "http-data-child.js"), [JSON.stringify(input)]);
  const ended = once(child, "exit");
  const data = await nextMessage<HttpData>(child, "the maker of the data");
  await ended;
  return data;
}
