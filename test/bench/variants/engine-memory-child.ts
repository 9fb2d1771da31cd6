// An engine that reads from every database of a fleet, pass after pass, and how much memory its process holds meanwhile.
import pLimit from "p-limit";
import { TenantEngine } from "../../../lib/index.js";
import { valueOf } from "../../support/unwrap.js";
import type { MemoryOfPasses } from "../variant.js";

/** What the parent sends. */
export interface MemoryInput {
  readonly dataDir: string;
  readonly databases: readonly string[];
  readonly passes: number;
}

// A parent that is gone asks for nothing more.
process.on("disconnect", () => process.exit(1));
process.once("message", (input: MemoryInput) => void watch(input));

const residentMegabytes = (): number => process.memoryUsage.rss() / 1e6;

// As a server with a few requests at a time.
const limit = pLimit(4);

/** Tells the MB after each pass, and the most of all. What rejects here ends the process with its reason on stderr. */
async function watch({ dataDir, databases, passes }: MemoryInput): Promise<void> {
  const engine = valueOf(await TenantEngine.open({ dataDir }));
  const after: number[] = [];
  let most = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    await limit.map(databases, async (name) => {
      valueOf(await engine.db(name).collection("posts").count());
      most = Math.max(most, residentMegabytes());
    });
    after.push(residentMegabytes());
  }
  valueOf(await engine.close());
  process.removeAllListeners("disconnect");
  const told: MemoryOfPasses = { after, most };
  process.send!(told, () => {
    process.disconnect();
  });
}
