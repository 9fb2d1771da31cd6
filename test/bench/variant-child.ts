// A variant in a process of its own: makes it, runs what the parent asks for, one thing at a time.
import { prepareBench } from "./bench-databases.js";
import type { Scale } from "./scale.js";
import { variants, type VariantName } from "./variants/index.js";
import type { Measured } from "./workloads/workload.js";
import { workloads } from "./workloads/index.js";

/** What a child is started with. */
export interface VariantInput {
  readonly variant: VariantName;
  readonly scale: Scale;
  /** Its files; there and empty. */
  readonly directory: string;
}

/** What the parent asks for. */
export type VariantRequest =
  { readonly kind: "run"; readonly workload: string; readonly round: number } | { readonly kind: "close" };

/** What it hears. */
export type VariantReply =
  { readonly kind: "ready" } | { readonly kind: "measured"; readonly measured: Measured } | { readonly kind: "closed" };

const { variant: name, scale, directory } = JSON.parse(process.argv[2] ?? "null") as VariantInput;

const reply = (message: VariantReply): void => void process.send!(message);

// A parent that is gone asks for nothing more.
process.on("disconnect", () => process.exit(1));

const variant = await variants[name](directory);
const bench = prepareBench(variant, scale);

process.on("message", (request: VariantRequest) => void answer(request));
reply({ kind: "ready" });

// What rejects here ends the process with its reason on stderr, and the parent with it.
async function answer(request: VariantRequest): Promise<void> {
  if (request.kind === "close") {
    await variant.close();
    reply({ kind: "closed" });
    process.removeAllListeners("disconnect");
    process.disconnect();
    return;
  }
  const workload = workloads.find(({ name }) => name === request.workload)!;
  // What earlier workloads left is not to be collected while the clock runs.
  globalThis.gc?.();
  reply({ kind: "measured", measured: await workload.run(bench, request.round) });
}
