// How many files this process may hold open, which bounds how many databases may be open.
import { readFileSync } from "node:fs";

/** A reader and a writer connection: two of the file, two of its write-ahead log, one of the index they share. */
export const descriptorsPerDatabase = 5;

/** Left for the app's own sockets and files. At `ulimit -n 256` a process without any can no longer even measure its memory. */
export const spareDescriptors = 64;

// Where the system does not say (Windows has no such limit), the cap alone counts.
const unknownLimit = 1_000_000;

/** The soft limit on open files. */
export function descriptorLimit(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return line?.[1] === undefined || line[1] === "unlimited" ? unknownLimit : Number(line[1]);
  } catch {
    return reportedLimit();
  }
}

/** macOS and the BSDs have no /proc; Node's report knows, at some milliseconds' cost. */
function reportedLimit(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } } | undefined;
  const soft = Number(report?.userLimits?.open_files?.soft);
  return Number.isFinite(soft) && soft > 0 ? soft : unknownLimit;
}
