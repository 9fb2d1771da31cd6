// The machine that the figures come from: without it they say nothing.
import { cpus, loadavg } from "node:os";
import Database from "better-sqlite3";
import { openRaw } from "./variants/raw-connection.js";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly sqlite: string;
  /** The version that better-sqlite3 brings. */
  readonly betterSqlite: string;
  readonly system: string;
}

export async function describeMachine(): Promise<Machine> {
  const connection = await openRaw(":memory:");
  const [row] = await (
    await connection.prepare('select sqlite_version() as "version"')
  ).all<{ readonly version: string }>([]);
  await connection.close();
  const better = new Database(":memory:");
  const betterSqlite = better.prepare<[], string>("select sqlite_version()").pluck().get()!;
  better.close();
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown processor",
    cores: processors.length,
    node: process.version,
    sqlite: row!.version,
    betterSqlite,
    system: `${process.platform} ${process.arch}`,
  };
}

/** The load average of the last minute: processes that wanted a core. */
export const loadAverage = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100;
