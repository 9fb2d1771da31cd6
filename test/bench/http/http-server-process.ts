// The parent's end of http-server-child.ts, and the load on it.
import { type ChildProcess, fork } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import autocannon from "autocannon";
import type { HttpServerInput, HttpServerReady } from "./http-server-child.js";
import type { HttpWork } from "./http-works.js";

/** What a load came to. */
export interface Served {
  /** Requests a second. */
  readonly rate: number;
  /** Ms that 99 of 100 requests did not exceed. */
  readonly p99Ms: number;
}

/** How long is asked: so many seconds, or until every connection has had so many answers. */
export type HttpLoad = { readonly seconds: number } | { readonly requestsEach: number };

/** One server at work. */
export class HttpServerProcess {
  readonly input: HttpServerInput;
  readonly #ready: HttpServerReady;
  readonly #child: ChildProcess;

  private constructor(input: HttpServerInput, ready: HttpServerReady, child: ChildProcess) {
    this.input = input;
    this.#ready = ready;
    this.#child = child;
  }

  /** Resolves when it listens, its records made. */
  static async start(input: HttpServerInput): Promise<HttpServerProcess> {
    await mkdir(input.directory, { recursive: true });
    const child = fork(join(import.meta.dirname, "http-server-child.js"), [JSON.stringify(input)]);
    const ready = await new Promise<HttpServerReady>((resolve, reject) => {
      child.once("message", (message) => {
        resolve(message as HttpServerReady);
      });
      child.once("exit", (code) => {
        reject(new Error(`the ${input.framework} server ended early (code ${code})`));
      });
    });
    return new HttpServerProcess(input, ready, child);
  }

  /** So many connections ask for one thing as fast as they are answered. Rejects when an answer is no success. */
  async serve(work: HttpWork, load: HttpLoad): Promise<Served> {
    const { connections, requests, isSpread = false } = work;
    const asked = requests(this.#ready);
    let connected = 0;
    const result = await autocannon({
      url: this.#ready.origin,
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
    this.#child.removeAllListeners("exit");
    this.#child.kill("SIGKILL");
  }
}
