// A server of the API under hostile requests: each gets a clear answer, none holds the others up, and afterwards the
// server is as it was. The server runs in a process of its own, so that its memory and its time can be told from ours.
import { Agent } from "node:http";
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import pLimit from "p-limit";
import { describe, expect, it } from "vitest";
import { startChild } from "../support/child-process.js";
import { sendToPort, type HttpAnswer } from "../support/http-calls.js";
import { rawRequest, sendRaw } from "../support/raw-http.js";
import { tempDirectory } from "../support/temp-directory.js";
import { hostileRequests, type HostileRequest } from "./http-hostile-requests.js";
import type { HttpInput, HttpMessage, ServerState, ServerTurns } from "./http-messages.js";

const notes = "/api/collections/notes/records";
const bodyTimeoutMs = 400;

/** A server at work. */
interface Served {
  readonly mounting: HttpInput["mounting"];
  readonly port: number;
  readonly authorization: string;
  readonly noteId: string;
  state(): Promise<ServerState>;
  /** The longest turn of its event loop since this was asked before, ms on the processor. */
  longestTurnMs(): Promise<number>;
  get(path: string): Promise<HttpAnswer>;
}

async function serve(mounting: HttpInput["mounting"]): Promise<Served> {
  const input: HttpInput = { dataDir: await tempDirectory(), mounting, bodyTimeoutMs };
  const child = startChild<HttpMessage>("http-child", input);
  const { port, statePort, token, noteId } = await child.first("listening");
  // A new connection for each question: a kept one may have timed out while the server was held up.
  const agent = new Agent();
  const ask = async <Told>(path: string): Promise<Told> => {
    const { body } = await sendToPort(statePort, agent, { method: "GET", path });
    return JSON.parse(body) as Told;
  };
  return {
    mounting,
    port,
    authorization: `Authorization: Bearer ${token}`,
    noteId,
    state: () => ask<ServerState>("/state"),
    longestTurnMs: async () => (await ask<ServerTurns>("/turns")).longestMs,
    get: (path) =>
      sendToPort(port, new Agent(), { method: "GET", path, headers: { authorization: `Bearer ${token}` } }),
  };
}

// How long all others wait for one request. Time on the processor, not on the clock, and at the second or third try if
// need be: what else the machine does is not the request's fault. A tenth of a second is what is wanted, and the benchmark
// measures it; here stands what no slow machine needs and every quadratic reading exceeds.
const mostTurnMs = 400;
const tries = 3;
// An answer to a hostile request tells what is wrong, not everything that is wrong.
const mostAnswerBytes = 100_000;

/** What is wrong with how a hostile request ended. */
async function attack(served: Served, request: HostileRequest, report: (name: string, ms: number) => void) {
  const faults: string[] = [];
  const times: number[] = [];
  const isParsedBefore = served.mounting.includes("behind") && request.isForParser;
  while (times.length < tries && (times.at(-1) ?? Infinity) > mostTurnMs) {
    await served.longestTurnMs();
    const { status, text, answers } = await sendRaw(served.port, request.bytes(served.authorization));
    times.push(await served.longestTurnMs());
    if (times.length > 1) continue;
    const isClear = isParsedBefore ? status >= 200 && status < 500 : request.statuses.includes(status);
    if (!isClear) faults.push(`status ${status}`);
    if (answers !== 1) faults.push(`${answers} answers`);
    if (!isParsedBefore && !/"(code|id|page)":/.test(text)) faults.push("an answer that is not the API's");
    if (text.length > mostAnswerBytes && status >= 400) faults.push(`an answer of ${text.length} bytes`);
    if (faults.length > 0) faults.push(text.slice(0, 300));
  }
  const least = Math.min(...times);
  report(request.name, least);
  if (least > mostTurnMs) faults.push(`held the others up for ${Math.round(least)} ms`);
  return faults.map((fault) => `${request.name}: ${fault}`);
}

const head = (served: Served, more: readonly string[] = []): string =>
  rawRequest(`POST ${notes}`, [served.authorization, "Content-Type: application/json", ...more]);

/** However it ends: who is refused may find his connection reset. */
const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on("error", () => undefined);
    socket.once("close", () => {
      resolve();
    });
  });

/** Bodies that come too slowly, or not at all: refused when their time is over. */
async function attackSlowly(served: Served): Promise<readonly string[]> {
  const faults: string[] = [];
  const say = async (name: string, drip: (socket: Socket) => void): Promise<void> => {
    const socket = connect({ port: served.port, host: "127.0.0.1" });
    const closed = closing(socket);
    const parts: Buffer[] = [];
    socket.on("data", (part) => parts.push(part));
    socket.write(head(served, ["Content-Length: 1000"]));
    const dripping = setInterval(() => drip(socket), 20);
    await closed;
    clearInterval(dripping);
    const text = Buffer.concat(parts).toString();
    if (!text.startsWith("HTTP/1.1 408") || !text.includes('"body_timeout"'))
      faults.push(`${name}: ${text.slice(0, 200)}`);
  };
  await Promise.all([
    ...Array.from({ length: 20 }, () =>
      say("a byte now and then", (socket) => void (socket.writable && socket.write("x"))),
    ),
    ...Array.from({ length: 20 }, () => say("nothing at all", () => undefined)),
  ]);
  return faults;
}

// In each phase of a request's life, so many clients go away.
const abortsEach = 40;

/** Clients that go away: before, within and behind the request, and within the answer. */
async function abort(served: Served): Promise<void> {
  const whole = rawRequest(`GET ${notes}?perPage=500`, [served.authorization]);
  const body = '{"mark":"aborted"}';
  const create = `${head(served, [`Content-Length: ${body.length}`])}${body}`;
  const firstBytes = async (socket: Socket): Promise<void> => void (await once(socket, "data"));
  const phases: readonly (readonly [string, (socket: Socket) => Promise<void>])[] = [
    ["", async () => undefined],
    [whole.slice(0, 30), async () => undefined],
    [whole.slice(0, -2), async () => undefined],
    [head(served, ["Content-Length: 100"]), async () => undefined],
    [`${head(served, ["Content-Length: 100"])}{"mark"`, async () => undefined],
    [`${head(served, ["Transfer-Encoding: chunked"])}7\r\n{"mark"\r\n`, async () => undefined],
    [create, async () => undefined],
    [whole, async () => undefined],
    [whole, firstBytes],
    [whole + whole, firstBytes],
  ];
  const limit = pLimit(50);
  const all = phases.flatMap((phase) => Array.from({ length: abortsEach }, () => phase));
  await limit.map(all, async ([bytes, until], index) => {
    const socket = connect({ port: served.port, host: "127.0.0.1" });
    const closed = closing(socket);
    await once(socket, "connect");
    await new Promise((written) => socket.write(bytes, written));
    await until(socket);
    // Half of them say goodbye, the others are gone.
    if (index % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
    await closed;
  });
}

/** Five hundred connections that all ask before the first is answered. */
async function crowd(served: Served): Promise<readonly string[]> {
  const request = rawRequest(`GET ${notes}/${served.noteId}`, [served.authorization]);
  const sockets = await Promise.all(
    Array.from({ length: 500 }, async () => {
      const socket = connect({ port: served.port, host: "127.0.0.1" });
      await once(socket, "connect");
      return socket;
    }),
  );
  const answers = sockets.map(async (socket) => {
    const parts: Buffer[] = [];
    socket.on("data", (part) => parts.push(part));
    const closed = closing(socket);
    socket.write(request);
    await closed;
    return Buffer.concat(parts).toString().slice(9, 12);
  });
  const statuses = await Promise.all(answers);
  const wrong = statuses.filter((status) => status !== "200");
  return wrong.length === 0 ? [] : [`${wrong.length} of 500 connections got ${[...new Set(wrong)].join()}`];
}

// What compiled code, caches that are full now and the allocator may keep; a kept request of each attack is far more.
const mostGrowthBytes = 24 * 1_048_576;

/** Whether the server is as it was. */
async function leftovers(served: Served, before: ServerState): Promise<readonly string[]> {
  const faults: string[] = [];
  let state = await served.state();
  const grownBytes = (): number => state.heapBytes - before.heapBytes;
  // Connections that we have closed reach the server a little later, and what they held goes with a later collection.
  for (let asked = 0; asked < 200 && (state.connections > 0 || grownBytes() > mostGrowthBytes); asked += 1) {
    state = await served.state();
  }
  if (state.connections > 0) faults.push(`${state.connections} connections stayed open`);
  if (state.unhandled.length > 0) faults.push(`unhandled: ${state.unhandled.slice(0, 5).join("; ")}`);
  if (state.strangeKeys.length > 0) faults.push(`prototypes have ${state.strangeKeys.join()}`);
  if (grownBytes() > mostGrowthBytes) faults.push(`memory grew by ${Math.round(grownBytes() / 1_048_576)} MiB`);
  const after = await served.get(`${notes}/${served.noteId}`);
  if (after.status !== 200) faults.push(`answers ${after.status} afterwards`);
  return faults;
}

async function warmUp(served: Served): Promise<ServerState> {
  for (let n = 0; n < 20; n += 1) await served.get(`${notes}?perPage=100`);
  return served.state();
}

const servers = ["node:http", "express behind express.json()", "koa", "next"] as const;

describe("a server under attack", () => {
  it.each(servers)("answers each request, waits for none, and is as it was afterwards: %s", async (mounting) => {
    const served = await serve(mounting);
    const before = await warmUp(served);
    const faults: string[] = [];
    const times: (readonly [string, number])[] = [];
    const isBehind = mounting.includes("behind");
    for (const request of hostileRequests) {
      // A parser of the app waits for what it was promised.
      if (request.isCutOff && isBehind) continue;
      faults.push(...(await attack(served, request, (name, ms) => times.push([name, ms]))));
    }
    // Bodies that a parser of the app reads are the app's to wait for.
    if (!isBehind) faults.push(...(await attackSlowly(served)));
    await abort(served);
    faults.push(...(await crowd(served)), ...(await leftovers(served, before)));
    const [longest] = times.toSorted(([, left], [, right]) => right - left);
    console.log(`${mounting}: held the others up longest, ${longest?.[1].toFixed(1)} ms: ${longest?.[0]}`);
    expect(faults).toEqual([]);
  });

  it("is told from one that blocks, keeps, forgets to catch and merges", async () => {
    const served = await serve("careless");
    const before = await served.state();
    const requests = hostileRequests.filter(({ isCutOff }) => !isCutOff).slice(0, 4);
    const faults: string[] = [];
    for (const request of requests) faults.push(...(await attack(served, request, () => undefined)));
    faults.push(...(await leftovers(served, before)));
    for (const wanted of ["held the others up", "unhandled", "prototypes", "memory grew", "status 200"]) {
      expect(
        faults.some((fault) => fault.includes(wanted)),
        wanted,
      ).toBe(true);
    }
  });
});
