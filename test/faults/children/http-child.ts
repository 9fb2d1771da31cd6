// Serves the API in a process of its own, and tells of itself over a second port.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { TenantEngine } from "../../../lib/index.js";
import { childInput, say } from "../../support/child-channel.js";
import { listening, mountings, type Mount } from "../../support/http-mountings.js";
import { valueOf } from "../../support/unwrap.js";
import type { HttpInput, HttpMessage, ServerState, ServerTurns } from "../http-messages.js";

const { dataDir, mounting, bodyTimeoutMs } = childInput<HttpInput>();

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const unhandled: string[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));
process.on("uncaughtException", (error) => unhandled.push(String(error)));

const keysOfPrototypes = (): readonly string[] =>
  [Object.prototype, Array.prototype].flatMap(Object.getOwnPropertyNames);
const keysBefore = new Set(keysOfPrototypes());

/** Nanoseconds on the processor of the main thread, which Linux counts first. */
function threadMs(): number {
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}

let longestMs = 0;
let turnBegan = threadMs();

/** Goes round with the event loop and sees how long each turn was. */
function watchTurns(): void {
  const now = threadMs();
  longestMs = Math.max(longestMs, now - turnBegan);
  turnBegan = now;
  setImmediate(watchTurns);
}

function turns(): ServerTurns {
  const told = { longestMs };
  longestMs = 0;
  return told;
}

function state(): ServerState {
  collectGarbage();
  turnBegan = threadMs();
  return {
    heapBytes: process.memoryUsage().heapUsed + process.memoryUsage().external,
    unhandled,
    strangeKeys: keysOfPrototypes().filter((key) => !keysBefore.has(key)),
    // The one that asks is not meant.
    connections: process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length - 1,
  };
}

const signedIn = "@request.auth.id != ''";
const rules = { listRule: signedIn, viewRule: signedIn, createRule: signedIn, updateRule: signedIn } as const;

async function openNotes() {
  const engine = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
  valueOf(await engine.collections.create({ name: "users", type: "auth" }));
  const fields = [
    { name: "mark", type: "text" },
    { name: "extra", type: "json" },
    { name: "peer", type: "relation", collection: "notes" },
  ] as const;
  valueOf(await engine.collections.create({ name: "notes", fields, ...rules }));
  valueOf(await engine.databases.create({ name: "client1" }));
  const db = engine.db("client1");
  const { token } = valueOf(await db.auth.register({ email: "ada@example.com", password: "correct horse" }));
  // A page of them is about a megabyte: more than the buffers of a connection hold.
  const rows = Array.from({ length: 500 }, (_, n) => ({ mark: `note ${n} ${"x".repeat(2_000)}` }));
  const [first] = valueOf(await db.collection("notes").createMany(rows));
  return { engine, token, noteId: first!.id };
}

/** A server that does wrong whatever can be measured here: it keeps all it gets, blocks, forgets to catch, and merges. */
const careless: Mount = () => {
  const kept: unknown[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    kept.push(parts.map((part) => [...part]));
    const until = threadMs() + 450;
    while (threadMs() < until) kept.push({});
    (Object.prototype as Record<string, unknown>)["polluted"] = true;
    response.end("{}");
    throw new Error("nobody catches this");
  };
  return listening(createServer((request, response) => void answer(request, response)));
};

const { engine, token, noteId } = await openNotes();
watchTurns();
const mount = mounting === "careless" ? careless : mountings[mounting];
const { port } = await mount(engine, { rateLimit: false, bodyTimeoutMs });
const { port: statePort } = await listening(
  createServer(({ url }, response) => response.end(JSON.stringify(url === "/turns" ? turns() : state()))),
);
const listeningMessage: HttpMessage = { kind: "listening", port: port!, statePort: statePort!, token, noteId };
say(listeningMessage);
