// How many native calls of this process may run at once, over all connections. One thread of libuv's pool stays free:
// with all of them inside SQLite no file, DNS or hash call of the app would run.
import { availableParallelism } from "node:os";
import { FairTurns, type TurnKind, type TurnLoad } from "./fair-turns.js";

// libuv's default; it reads the variable once, at the first use of the pool.
const defaultPoolSize = 4;

/** The threads that may be inside SQLite when the pool has the given size (the text of `UV_THREADPOOL_SIZE`). */
export function permitsFor(poolSize: string | undefined): number {
  const size = Number.parseInt(poolSize ?? "", 10);
  return Math.max(1, (size > 0 ? size : defaultPoolSize) - 1);
}

const permits = permitsFor(process.env["UV_THREADPOOL_SIZE"]);
const turns = new FairTurns(permits, () => performance.now(), availableParallelism());

/** Runs a native call on a database's file as soon as it is its turn. Costs a microsecond (measured). */
export const nativeCall = <T>(path: string, call: () => Promise<T>, kind?: TurnKind): Promise<T> =>
  turns.run(path, call, kind);

/** How many run and wait at this moment, over all engines of the process. */
export const nativeCallLoad = (): TurnLoad => turns.load;
