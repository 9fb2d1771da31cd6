// A drill: what would be done on the day itself, on a part of the newest set, in a scratch directory. What comes of it is
// noted with each backup. The live databases are not touched.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCallOptions } from "../../base/call-options.js";
import { formatTimestamp } from "../../base/clock.js";
import type { EngineError } from "../../base/errors.js";
import { translateFileError } from "../../base/file-errors.js";
import type { ProgressListener } from "../../base/progress.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { defaultDatabaseName } from "../../databases/database-name.js";
import { readProof, recordProof } from "../manifest/backup-proof.js";
import { findSet } from "./find-set.js";
import { restoreAll, type RestoreAllContext, type RestoreAllReport } from "./restore-all.js";
import type { SetMember } from "./set-manifest.js";

/** Options of `backups.drill`. */
export interface DrillOptions {
  /** The set's id. Default: the newest set of all databases that was not found unusable. */
  readonly set?: string;
  /** How many databases besides the default one: those whose backups were proven longest ago. Default 10; `Infinity` for all. */
  readonly sample?: number;
  /** Where there is room for them for a while. Default: the system's directory for temporary files. */
  readonly scratchDir?: string;
  /** Called after each database. */
  readonly onProgress?: ProgressListener;
}

/** What `backups.drill` has come to. */
export interface DrillReport {
  readonly set: string;
  /** RFC 3339, UTC; `list` and `listSets` show it from now on. */
  readonly drilledAt: string;
  /** Databases that were restored, checked and counted. */
  readonly proven: readonly string[];
  readonly failed: RestoreAllReport["failed"];
  /** How many databases the set holds. */
  readonly total: number;
}

// A few minutes each night; a fleet of 300 is gone through within a month.
const defaultSample = 10;

/** What `restoreAll` can end in. A database that cannot be restored is in the report, and noted with its backup. */
export async function drillSet(context: RestoreAllContext, options: DrillOptions = {}): Outcome<DrillReport> {
  const settings = readSettings(options);
  if (settings.isErr()) return err(settings.error);
  const { set: wanted, sample, scratchDir, onProgress } = settings.value;
  const set = await findSet(context.store, wanted);
  if (set.isErr()) return err(set.error);
  const members = await chooseMembers(context, set.value.databases, sample);
  if (members.isErr()) return err(members.error);
  const scratch = await makeScratch(scratchDir);
  if (scratch.isErr()) return err(scratch.error);
  const drilledAt = formatTimestamp(context.clock.now());
  const into = join(scratch.value, "data");
  const names = members.value.map(({ name }) => name);
  const more = onProgress ? { onProgress } : {};
  const restored = await restoreAll(context, { into, set: set.value.id, ...more }, names);
  await rm(scratch.value, { recursive: true, force: true }).catch((thrown: unknown) => {
    context.logger.warn({ err: thrown, directory: scratch.value }, "a drill's scratch directory still takes room");
  });
  if (restored.isErr()) {
    const { error } = restored;
    // What was found out about the set must not be lost; that it cannot be noted would only hide it.
    if (error.is("database_corrupt"))
      void (await recordProof(context.store, set.value.id, drilledAt, error.details.reason));
    return err(error);
  }
  const { failed, restored: proven } = restored.value;
  const noted = await noteAll(context, set.value.id, members.value, failed, drilledAt);
  return noted.map(() => ({ set: set.value.id, drilledAt, proven, failed, total: set.value.databases.length }));
}

type Settings = Omit<DrillOptions, "sample" | "scratchDir"> & { readonly sample: number; readonly scratchDir: string };

function readSettings(options: DrillOptions): Result<Settings, EngineError> {
  const read = readCallOptions(options, { set: "any", sample: "any", scratchDir: "any", onProgress: "function" });
  if (read.isErr()) return err(read.error);
  const { sample = defaultSample, scratchDir = tmpdir() } = read.value;
  const isCount = typeof sample === "number" && sample >= 0 && (sample === Infinity || Number.isSafeInteger(sample));
  if (!isCount) return invalid("sample", "sample is a whole number of at least 0, or Infinity.");
  if (typeof scratchDir !== "string" || scratchDir === "" || scratchDir.includes("\0")) {
    return invalid("scratchDir", "scratchDir is the path of a directory.");
  }
  return ok({ ...read.value, sample, scratchDir });
}

/** The default database, and those that were proven longest ago, or never. */
async function chooseMembers(
  { store }: RestoreAllContext,
  members: readonly SetMember[],
  sample: number,
): Outcome<readonly SetMember[]> {
  const ages: { readonly member: SetMember; readonly provenAt: string }[] = [];
  for (const member of members.filter(({ name }) => name !== defaultDatabaseName)) {
    const proof = await readProof(store, member.backup);
    if (proof.isErr()) return err(proof.error);
    ages.push({ member, provenAt: proof.value?.provenAt ?? "" });
  }
  const oldestFirst = ages.sort((a, b) => (a.provenAt < b.provenAt ? -1 : a.provenAt > b.provenAt ? 1 : 0));
  const chosen = oldestFirst.slice(0, sample).map(({ member }) => member);
  return ok([...members.filter(({ name }) => name === defaultDatabaseName), ...chosen]);
}

async function makeScratch(directory: string): Outcome<string> {
  try {
    return ok(await mkdtemp(join(directory, "tenant-engine-drill-")));
  } catch (thrown) {
    return err(translateFileError(thrown));
  }
}

async function noteAll(
  { store }: RestoreAllContext,
  set: string,
  members: readonly SetMember[],
  failed: DrillReport["failed"],
  at: string,
): Outcome<void> {
  const failures = new Map(failed.map(({ name, error }) => [name, error]));
  for (const { name, backup } of members) {
    const error = failures.get(name);
    // A store that cannot be reached says nothing of the backup, and one that is gone has nothing to be noted with.
    if (error && !error.is("database_corrupt")) continue;
    const noted = await recordProof(store, backup, at, error?.is("database_corrupt") ? error.details.reason : null);
    if (noted.isErr()) return err(noted.error);
  }
  if (failed.length > 0) return ok(undefined);
  const noted = await recordProof(store, set, at, null);
  return noted.isErr() ? err(noted.error) : ok(undefined);
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
