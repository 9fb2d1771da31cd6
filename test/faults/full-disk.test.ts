// A disk that fills up under the writers: refused writes, nothing lost, and work goes on when there is space again.
import { isDeepStrictEqual } from "node:util";
import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { startChild, type Child } from "../support/child-process.js";
import { tempDirectory } from "../support/temp-directory.js";
import { filledDatabases, type FillingInput, type FillingMessage } from "./filling-messages.js";

/** Somewhere small, and how to make it large. */
interface SmallPlace {
  readonly dataDir: string;
  readonly shell?: string;
  makeRoom(child: Child<FillingMessage>): void;
}

/** A limit on the size of each file: no privilege is needed. */
async function limitedFiles(): Promise<SmallPlace> {
  return {
    dataDir: await tempDirectory(),
    // In KiB; only the soft limit, so that it can be lifted.
    shell: "ulimit -S -f 1024",
    makeRoom: ({ pid }) => void execFileSync("prlimit", ["--pid", String(pid), "--fsize=unlimited"]),
  };
}

/** A file system of 4 MiB in memory: a full disk in earnest, for root alone. */
async function smallFileSystem(): Promise<SmallPlace> {
  const dataDir = await tempDirectory();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", dataDir]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", dataDir]));
  return { dataDir, makeRoom: () => void execFileSync("mount", ["-o", "remount,size=64m", dataDir]) };
}

async function canMount(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const tried = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
  return tried.status === 0;
}

interface Filled {
  readonly problems: readonly string[];
  readonly codes: readonly string[];
  readonly acknowledged: number;
}

/** Rows by database that were acknowledged up to a message. */
function acknowledgedUntil(said: readonly FillingMessage[], end: FillingMessage): Readonly<Record<string, number>> {
  const rows: Record<string, number> = Object.fromEntries(filledDatabases.map((name) => [name, 0]));
  for (const message of said.slice(0, said.indexOf(end))) {
    if (message.kind === "written") rows[message.database] = (rows[message.database] ?? 0) + message.rows;
  }
  return rows;
}

async function fillAndGoOn(place: SmallPlace, acknowledge: FillingInput["acknowledge"]): Promise<Filled> {
  const input: FillingInput = { dataDir: place.dataDir, acknowledge };
  const child = startChild<FillingMessage>("filling-child", input, place.shell ? { shell: place.shell } : {});
  let refusals = 0;
  await child.until((message) => message.kind === "refused" && (refusals += 1) === 2);
  // It may have ended by itself, which is told below.
  if (refusals === 2) {
    place.makeRoom(child);
    process.kill(child.pid, "SIGUSR2");
  }
  const { code, stderr } = await child.ended;
  const problems = code === 0 ? [] : [`the child ended with ${code}: ${stderr}`];
  for (const message of child.said) {
    if (message.kind === "written") continue;
    const acknowledged = acknowledgedUntil(child.said, message);
    if (!isDeepStrictEqual(message.rows, acknowledged)) {
      problems.push(`${message.kind}: ${JSON.stringify(message.rows)} of ${JSON.stringify(acknowledged)} rows`);
    }
    if (message.kind === "resumed") problems.push(...message.integrity.filter((found) => found !== "ok"));
  }
  if (!child.said.some(({ kind }) => kind === "resumed")) problems.push("it did not resume");
  return {
    problems,
    codes: child.said.flatMap((message) => (message.kind === "refused" ? [message.code] : [])),
    acknowledged: child.said.filter(({ kind }) => kind === "written").length,
  };
}

describe.runIf(process.platform === "linux")("files that may not grow", () => {
  it("refuse writes, lose nothing, and grow again", async () => {
    const { problems, codes, acknowledged } = await fillAndGoOn(await limitedFiles(), "after commit");
    expect(problems).toEqual([]);
    // SQLite tells this limit from a full disk no better than from a broken one.
    for (const code of codes) expect(["storage_full", "storage_failed"]).toContain(code);
    expect(acknowledged).toBeGreaterThan(10);
  });

  it("are caught losing what was acknowledged before the commit (control)", async () => {
    const { problems } = await fillAndGoOn(await limitedFiles(), "before commit");
    expect(problems).toContainEqual(expect.stringMatching(/^refused: .* of .* rows$/));
  });
});

describe.runIf(await canMount())("a full file system", () => {
  it("refuses writes with storage_full, loses nothing, and takes them again when there is room", async () => {
    const { problems, codes, acknowledged } = await fillAndGoOn(await smallFileSystem(), "after commit");
    expect(problems).toEqual([]);
    expect(new Set(codes)).toEqual(new Set(["storage_full"]));
    expect(acknowledged).toBeGreaterThan(10);
  });
});
