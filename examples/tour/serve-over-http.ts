// The tour's last chapter: the Express example on the tour's own data, and curl lines that work against it. Stays until
// the server ends.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { say } from "./narration.js";

// Beside the sources: the example is a package of plain JavaScript that needs no compiling.
const server = fileURLToPath(new URL("../../../examples/express/server.js", import.meta.url));

const wantedPort = 3000;

/** Serves a data directory whose engine is closed. Gives the server's exit code. */
export async function serveOverHttp(dataDir: string): Promise<number> {
  const superuser = { email: "admin@example.com", password: randomBytes(12).toString("base64url") };
  const child = spawn(process.execPath, [server], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: process.env["PORT"] ?? String(await freePort()),
      SUPERUSER_EMAIL: superuser.email,
      SUPERUSER_PASSWORD: superuser.password,
    },
  });
  const ended = new Promise<number>((settle, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      settle(code ?? 0);
    });
  });
  // The terminal tells the whole group; a supervisor tells this process alone.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill(signal));
  const origin = await listening(child);
  if (origin !== undefined) await sayCurlLines(origin, superuser);
  return ended;
}

/** Passes on what the server prints. Gives its origin when it listens; undefined when it ends without. */
function listening({ stdout }: { readonly stdout: Readable }): Promise<string | undefined> {
  return new Promise((settle) => {
    const lines = createInterface({ input: stdout });
    lines.on("line", (line) => {
      say(line);
      const origin = /^listening on (\S+)/.exec(line)?.[1];
      if (origin !== undefined) settle(origin);
    });
    lines.once("close", () => {
      settle(undefined);
    });
  });
}

interface Superuser {
  readonly email: string;
  readonly password: string;
}

/** Lines with a token in them, so that each can be pasted as it is. */
async function sayCurlLines(origin: string, { email, password }: Superuser): Promise<void> {
  const response = await fetch(`${origin}/api/collections/_superusers/auth-with-password`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ identity: email, password }),
  });
  const { token } = (await response.json()) as { readonly token?: string };
  if (token === undefined) throw new Error(`The server did not let its own superuser in (status ${response.status}).`);
  const filter = encodeURIComponent("rating >= 8 && votes > 50000");
  const films = `${origin}/api/collections/films/records?perPage=3&sort=-rating&fields=title,rating&filter=${filter}`;
  const as = `-H 'authorization: Bearer ${token}'`;
  say("");
  say("# the tour's films, by the header x-dbname from the one file and from the other");
  for (const tenant of ["archive-north", "archive-south"]) say(`curl -s '${films}' -H 'x-dbname: ${tenant}' ${as}`);
  say("# all databases");
  say(`curl -s ${origin}/api/databases ${as}`);
  say("# without a token the films do not open");
  say(`curl -s '${films}' -H 'x-dbname: archive-north'`);
  say("");
  say(`The superuser is ${email}, password ${password}. Ctrl-C ends the server.`);
}

/** The port that everybody expects, or any free one when it is taken. */
function freePort(): Promise<number> {
  return new Promise((settle, reject) => {
    const probe = createServer();
    probe.once("listening", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        settle(port);
      });
    });
    probe.once("error", () => {
      probe.once("error", reject);
      probe.listen(0);
    });
    probe.listen(wantedPort);
  });
}
