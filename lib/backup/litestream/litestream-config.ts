// The configuration of Litestream, which copies the write-ahead logs of all databases continuously to another place. Only
// the text: it starts nothing and holds no credentials.
import { join, resolve } from "node:path";
import { readCallOptions } from "../../base/call-options.js";
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { listDatabases } from "../../databases/find-database.js";
import type { BackupContext } from "../backup-context.js";

/** Where Litestream copies to. Credentials stand in its environment: `LITESTREAM_ACCESS_KEY_ID`, `LITESTREAM_SECRET_ACCESS_KEY`. */
export type LitestreamReplica =
  | {
      readonly type: "file";
      /** A directory, on another disk. */
      readonly path: string;
    }
  | {
      readonly type: "s3";
      readonly bucket: string;
      /** What all its keys start with. Default: none. */
      readonly path?: string;
      readonly region?: string;
      /** The address of a server other than Amazon's. */
      readonly endpoint?: string;
    };

/** What `backups.litestreamConfig` takes. */
export interface LitestreamOptions {
  readonly replica: LitestreamReplica;
  /** How often what was written is sent, in milliseconds, at least 100. Default 1,000: with Litestream's own second of watching, two are lost at most. */
  readonly syncIntervalMs?: number;
  /** How long older states can be restored, in hours. Default 24. */
  readonly retentionHours?: number;
}

// Recorded states of workflows belong to the process that ran them.
const leftOut = "workflows";
// 100 ms cost a whole core at 300 databases (measured); below, Litestream does nothing else.
const leastSyncMs = 100;
const defaultSyncMs = 1_000;
const defaultRetentionHours = 24;
// Litestream removes what is older than the last snapshot but one: without new snapshots nothing would ever go.
const snapshotsPerRetention = 2;

/** `request_invalid` naming what is wrong. */
export async function litestreamConfig(
  { fleet }: Pick<BackupContext, "fleet">,
  dataDir: string,
  options: LitestreamOptions,
): Outcome<string> {
  const read = readCallOptions(options, { replica: "any", syncIntervalMs: "any", retentionHours: "any" });
  if (read.isErr()) return err(read.error);
  const { replica, syncIntervalMs = defaultSyncMs, retentionHours = defaultRetentionHours } = read.value;
  const target = readReplica(replica);
  if (target.isErr()) return err(target.error);
  if (!Number.isSafeInteger(syncIntervalMs) || syncIntervalMs < leastSyncMs) {
    return invalid("syncIntervalMs", `syncIntervalMs is a whole number of at least ${leastSyncMs}.`);
  }
  if (!Number.isSafeInteger(retentionHours) || retentionHours < 1) {
    return invalid("retentionHours", "retentionHours is a whole number of at least 1.");
  }
  if (dataDir.includes("$")) return invalid("dataDir", "Litestream cannot watch a path with a dollar sign in it.");
  const listed = await listDatabases(fleet);
  if (listed.isErr()) return err(listed.error);
  const names = listed.value
    .filter(({ name, status }) => status === "ready" && name !== leftOut)
    .map(({ name }) => name);
  const snapshotMinutes = Math.max(1, Math.round((retentionHours * 60) / snapshotsPerRetention));
  const lines = names.flatMap((name) => [
    `  - path: ${quoted(join(dataDir, `${name}.db`))}`,
    "    replicas:",
    `      - type: ${target.value.type}`,
    ...target.value.linesFor(name).map((line) => `        ${line}`),
    `        sync-interval: ${syncIntervalMs}ms`,
    `        retention: ${retentionHours}h`,
    `        snapshot-interval: ${snapshotMinutes}m`,
  ]);
  return ok(
    [
      "# Made by backups.litestreamConfig of tenant-engine. Credentials stand in Litestream's environment.",
      "dbs:",
      ...lines,
      "",
    ].join("\n"),
  );
}

interface Target {
  readonly type: "file" | "s3";
  /** What tells the replica of one database from another's. */
  readonly linesFor: (name: string) => readonly string[];
}

function readReplica(replica: unknown): Result<Target, EngineError> {
  const given = (typeof replica === "object" && replica !== null ? replica : {}) as Readonly<Record<string, unknown>>;
  const { type, path, bucket, region, endpoint } = given;
  const wrong = Object.entries({ path, bucket, region, endpoint }).find(
    ([, value]) => value !== undefined && (typeof value !== "string" || value === "" || /[\0\n$]/.test(value)),
  );
  // Litestream puts variables of its environment in for names behind a dollar, and knows no way around it.
  if (wrong) return invalid(`replica.${wrong[0]}`, `replica.${wrong[0]} is a text without a dollar sign.`);
  if (type === "file" && typeof path === "string") {
    return ok({ type, linesFor: (name) => [`path: ${quoted(join(resolve(path), name))}`] });
  }
  if (type === "s3" && typeof bucket === "string") {
    const prefix = typeof path === "string" ? `${path.replace(/\/+$/, "")}/` : "";
    const more = Object.entries({ region, endpoint }).flatMap(([name, value]) =>
      typeof value === "string" ? [`${name}: ${quoted(value)}`] : [],
    );
    return ok({ type, linesFor: (name) => [`bucket: ${quoted(bucket)}`, `path: ${quoted(prefix + name)}`, ...more] });
  }
  return invalid("replica", 'replica is { type: "file", path } or { type: "s3", bucket }.');
}

/** A text of YAML in which nothing means anything. */
const quoted = (text: string): string => JSON.stringify(text);

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
