// What an engine may be told when it opens, and what it takes where it is told nothing.
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../../lib/base/limits.js";
import { descriptorLimit, descriptorsPerDatabase, spareDescriptors } from "../../../lib/engine/descriptor-limit.js";
import { resolveOptions, type EngineOptions } from "../../../lib/engine/engine-options.js";
import { setClock } from "../../support/set-clock.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const secret = "0123456789abcdef0123456789abcdef";

describe("without options", () => {
  it("the defaults hold", () => {
    const options = valueOf(resolveOptions({}, {}));
    expect(options).toMatchObject({
      dataDir: resolve("data"),
      jwtSecret: undefined,
      durability: "full",
      idleCloseMs: 60_000,
      limits: defaultLimits,
      storage: undefined,
    });
    const affordable = Math.floor((descriptorLimit() - spareDescriptors) / descriptorsPerDatabase);
    expect(options.maxOpenDatabases).toBe(Math.max(3, Math.min(256, affordable)));
  });

  it("the environment names the directory and the secret", () => {
    const options = valueOf(resolveOptions({}, { DATA_DIR: "/srv/data", JWT_SECRET: secret }));
    expect(options).toMatchObject({ dataDir: "/srv/data", jwtSecret: secret });
  });

  it("an empty variable of the environment is none", () => {
    const options = valueOf(resolveOptions({}, { DATA_DIR: "", JWT_SECRET: "" }));
    expect(options).toMatchObject({ dataDir: resolve("data"), jwtSecret: undefined });
  });
});

describe("an option", () => {
  it("goes before the environment", () => {
    const options = valueOf(
      resolveOptions(
        { dataDir: "/own", jwtSecret: secret.toUpperCase() },
        { DATA_DIR: "/srv/data", JWT_SECRET: secret },
      ),
    );
    expect(options).toMatchObject({ dataDir: "/own", jwtSecret: secret.toUpperCase() });
  });

  it("is taken as it is given", () => {
    const clock = setClock();
    const given = { durability: "normal", maxOpenDatabases: 3, idleCloseMs: 1, clock } as const;
    expect(valueOf(resolveOptions(given, {}))).toMatchObject(given);
  });

  it("that is undefined is left out", () => {
    const given = { limits: { perPage: undefined, sortKeys: 2 } } as unknown as EngineOptions;
    expect(valueOf(resolveOptions(given, {})).limits).toEqual({ ...defaultLimits, sortKeys: 2 });
  });

  it("never lets more databases be open than descriptors allow", () => {
    const most = valueOf(resolveOptions({ maxOpenDatabases: Number.MAX_SAFE_INTEGER }, {})).maxOpenDatabases;
    expect(most * descriptorsPerDatabase).toBeLessThanOrEqual(Math.max(descriptorLimit(), 3 * descriptorsPerDatabase));
  });
});

it("remembered totals, and no other limit, may be none", () => {
  expect(valueOf(resolveOptions({ limits: { rememberedTotals: 0 } }, {})).limits.rememberedTotals).toBe(0);
});

describe("a wrong option is refused by name", () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ["dataDir", { dataDir: 7 }],
    ["dataDir", { dataDir: {} }],
    ["dataDir", { dataDir: "a\0b" }],
    ["dataDir", { dataDir: "" }],
    ["jwtSecret", { jwtSecret: "short" }],
    ["jwtSecret", { jwtSecret: "" }],
    ["jwtSecret", { jwtSecret: 7 }],
    ["durability", { durability: "none" }],
    ["durability", { durability: null }],
    ["maxOpenDatabases", { maxOpenDatabases: 2 }],
    ["maxOpenDatabases", { maxOpenDatabases: 3.5 }],
    ["maxOpenDatabases", { maxOpenDatabases: Number.NaN }],
    ["maxOpenDatabases", { maxOpenDatabases: Infinity }],
    ["maxOpenDatabases", { maxOpenDatabases: "100" }],
    ["idleCloseMs", { idleCloseMs: 0 }],
    ["idleCloseMs", { idleCloseMs: -1 }],
    ["limits", { limits: 7 }],
    ["limits", { limits: "perPage" }],
    ["limits", { limits: { perpage: 10 } }],
    ["limits.perPage", { limits: { perPage: 0 } }],
    ["limits.perPage", { limits: { perPage: "10" } }],
    ["limits.rememberedTotals", { limits: { rememberedTotals: -1 } }],
    ["limits.waitMs", { limits: { waitMs: Infinity } }],
    ["logger", { logger: 7 }],
    ["logger", { logger: { debug() {}, info() {}, warn() {} } }],
    ["clock", { clock: Date }],
    ["clock", { clock: { now: 7 } }],
    ["storage", { storage: "sqlite" }],
    ["storage", { storage: {} }],
    ["options", null],
    ["options", 7],
    ["options", "./data"],
    ["datadir", { datadir: "./data" }],
  ];

  it.each(wrong.map(([parameter, options]) => ({ parameter, options })))(
    "$parameter: $options",
    ({ parameter, options }) => {
      const error = refusalOf(resolveOptions(options as EngineOptions, {}), "request_invalid");
      expect(error.details.parameter).toBe(parameter);
      expect(error.message).toContain(parameter);
    },
  );

  it("and a secret of the environment too", () => {
    refusalOf(resolveOptions({}, { JWT_SECRET: "short" }), "request_invalid");
  });

  it("never with the secret in its message", () => {
    expect(refusalOf(resolveOptions({ jwtSecret: "hunter2" }, {}), "request_invalid").message).not.toContain("hunter2");
  });
});
