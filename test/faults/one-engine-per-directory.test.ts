// A data directory belongs to one engine at a time: in this process, in another, and after the end of its holder.
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TenantEngine } from "../../lib/index.js";
import { startChild, type Child } from "../support/child-process.js";
import { openEngine } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";
import type { HoldingMessage } from "./holding-messages.js";

const hold = (dataDir: string): Child<HoldingMessage> => startChild<HoldingMessage>("holding-child", { dataDir });

/** How another process fares that tries to open the directory. */
async function outcomeElsewhere(dataDir: string): Promise<string> {
  const child = hold(dataDir);
  const { outcome } = await child.first("tried");
  await child.kill();
  return outcome;
}

describe("a second engine on a data directory", () => {
  it("is refused in the same process, and the refusal does not loosen the first one's hold", async () => {
    const dataDir = await tempDirectory();
    const first = await openEngine({ dataDir });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const error = refusalOf(await TenantEngine.open({ dataDir }), "data_directory_locked");
      expect(error.details.dataDir).toBe(dataDir);
    }
    // A lock of the operating system is gone when its process closes any descriptor of the file.
    expect(await outcomeElsewhere(dataDir)).toBe("data_directory_locked");
    valueOf(await first.databases.create({ name: "client1" }));
    valueOf(await first.close());
    const second = valueOf(await TenantEngine.open({ dataDir }));
    expect(valueOf(await second.databases.exists("client1"))).toBe(true);
    valueOf(await second.close());
  });

  it("is refused under another spelling of the path too", async () => {
    const dataDir = await tempDirectory();
    await openEngine({ dataDir });
    const linked = join(await tempDirectory(), "linked");
    await symlink(dataDir, linked);
    refusalOf(await TenantEngine.open({ dataDir: linked }), "data_directory_locked");
    refusalOf(await TenantEngine.open({ dataDir: `${dataDir}/./` }), "data_directory_locked");
  });

  it("is refused while another process holds it, and served at once after that was killed", async () => {
    const dataDir = await tempDirectory();
    const holder = hold(dataDir);
    expect(await holder.first("tried")).toMatchObject({ outcome: "open" });
    refusalOf(await TenantEngine.open({ dataDir }), "data_directory_locked");
    await holder.kill("SIGKILL");
    const engine = valueOf(await TenantEngine.open({ dataDir }));
    valueOf(await engine.close());
    expect(await outcomeElsewhere(dataDir)).toBe("open");
  });

  it("is served as soon as the other process has closed its engine, though it lives", async () => {
    const dataDir = await tempDirectory();
    const holder = hold(dataDir);
    await holder.first("tried");
    process.kill(holder.pid, "SIGTERM");
    await holder.first("closed");
    const engine = valueOf(await TenantEngine.open({ dataDir }));
    valueOf(await engine.close());
    expect((await holder.kill()).signal).toBe("SIGKILL");
  });

  it("of two that open at once, one wins", async () => {
    const dataDir = await tempDirectory();
    const results = await Promise.all(Array.from({ length: 4 }, () => TenantEngine.open({ dataDir })));
    const winners = results.filter((result) => result.isOk());
    expect(winners).toHaveLength(1);
    for (const result of results) if (result.isErr()) refusalOf(result, "data_directory_locked");
    valueOf(await valueOf(winners[0]!).close());
  });
});
