// The parent's end of variant-child.ts.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { nextMessage } from "./child-message.js";
import type { Scale } from "./scale.js";
import type { VariantInput, VariantReply, VariantRequest } from "./variant-child.js";
import type { VariantName } from "./variants/index.js";
import type { Measured } from "./workloads/workload.js";

export interface VariantProcessOptions {
  readonly variant: VariantName;
  readonly scale: Scale;
  /** Made; must not be there. */
  readonly directory: string;
  /** Where to put a CPU profile of the process, for people who look for time. Default: none is made. */
  readonly profiles?: string | undefined;
}

/** One variant at work in its own process. */
export class VariantProcess {
  readonly name: VariantName;
  readonly #child: ChildProcess;

  private constructor(name: VariantName, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  /** Resolves when its databases are made. */
  static async start({ variant, scale, directory, profiles }: VariantProcessOptions): Promise<VariantProcess> {
    await mkdir(directory, { recursive: true });
    const input: VariantInput = { variant, scale, directory };
    const profiling = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
    const child = fork(join(import.meta.dirname, "variant-child.js"), [JSON.stringify(input)], {
      execArgv: ["--expose-gc", ...profiling],
    });
    const started = new VariantProcess(variant, child);
    await started.#reply();
    return started;
  }

  /** One round of a workload. */
  async run(workload: string, round: number): Promise<Measured> {
    const reply = await this.#ask({ kind: "run", workload, round });
    if (reply.kind !== "measured") throw new Error(`${this.name} answered ${reply.kind} to a workload`);
    return reply.measured;
  }

  /** Closes its databases and waits for its end. */
  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    await this.#ask({ kind: "close" });
    await ended;
  }

  /** Ends it at once, whatever it is at. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #ask(request: VariantRequest): Promise<VariantReply> {
    this.#child.send(request);
    return this.#reply();
  }

  #reply(): Promise<VariantReply> {
    return nextMessage(this.#child, `the ${this.name} variant`);
  }
}
