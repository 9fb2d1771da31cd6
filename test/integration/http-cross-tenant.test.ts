// Over HTTP, whoever has no business in a database gets nothing out of it and nothing into it: the matrix over every way
// to mount the API, against databases that hold the same ids, the same people and the same passwords.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createNodeListener } from "../../adapters/http/index.js";
import type { TenantEngine } from "../../lib/index.js";
import { faceNames } from "../support/http-faces.js";
import { listening, mountings, type Mount } from "../support/http-mountings.js";
import { runMatrix, type MatrixOptions, type MatrixOutcome } from "../support/http-matrix.js";
import { openTwinTenants } from "../support/twin-tenants.js";
import { valueOf } from "../support/unwrap.js";

const tenantAccess = { name: "Tenant Access", collection: "*", rule: "@request.auth.tenantId = @request.data.dbname" };

/** The bytes of a database's file, and how much stands beside it: reading changes neither. */
async function fingerprint(path: string): Promise<string> {
  const wal = await stat(`${path}-wal`).then(
    ({ size }) => size,
    () => 0,
  );
  return `${createHash("sha256")
    .update(await readFile(path))
    .digest("hex")} ${wal}`;
}

async function attackAll(
  mount: Mount,
  { prepare, ...options }: MatrixOptions & { prepare?: (engine: TenantEngine) => Promise<void> },
): Promise<MatrixOutcome> {
  const tenants = await openTwinTenants();
  await prepare?.(tenants.engine);
  const fileOfB = join(tenants.dataDir, "b.db");
  const before = await fingerprint(fileOfB);
  const mounted = await mount(tenants.engine, { rateLimit: false });
  onTestFinished(() => mounted.close());
  const outcome = await runMatrix(mounted, tenants, options);
  valueOf(await tenants.engine.close());
  const after = await fingerprint(fileOfB);
  return after === before ? outcome : { ...outcome, faults: [...outcome.faults, "b's file has changed"] };
}

// The two faces share all cases between them, and so do the frameworks, which put nothing but themselves before a face.
const everyOf = (name: string): number => (name === "node:http" || name === "fetch" ? 2 : 5);

describe("strangers over HTTP", () => {
  it.each(faceNames.map((name, offset) => ({ name, offset })))(
    "get nothing, learn nothing and change nothing: $name",
    async ({ name, offset }) => {
      const { faults, cases, sightings } = await attackAll(mountings[name], { every: everyOf(name), offset });
      expect(faults.slice(0, 20)).toEqual([]);
      expect(cases).toBeGreaterThan(2_000);
      // Each kind of caller who may see something saw it, many times.
      expect(sightings).toBeGreaterThan(cases / 100);
    },
  );

  it("with a rule that names databases, too", async () => {
    const prepare = async (engine: TenantEngine) => void valueOf(await engine.rules.create(tenantAccess));
    const { faults, cases } = await attackAll(mountings["node:http"], { every: 4, prepare });
    expect(faults.slice(0, 20)).toEqual([]);
    expect(cases).toBeGreaterThan(2_000);
  });
});

/** A mounting that changes the headers of each request before the API sees them. */
const tampered =
  (change: (request: IncomingMessage, set: (name: string, value: string) => void) => void): Mount =>
  (engine, options) => {
    const listener = createNodeListener(engine, options);
    const server = createServer((request, response) => {
      change(request, (name, value) => {
        const at = request.rawHeaders.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
        if (at >= 0) request.rawHeaders.splice(at, 2);
        request.rawHeaders.push(name, value);
      });
      void listener(request, response);
    });
    return listening(server);
  };

/** Mountings as careless apps write them. */
const careless: Readonly<Record<string, () => Mount>> = {
  "the database from the query": () =>
    tampered((request, set) => {
      const asked = /[?&]dbname=([^&]*)/.exec(request.url ?? "")?.[1];
      if (asked === undefined) return;
      request.url = request.url?.replace(/[?&]dbname=[^&]*/, "");
      set("x-dbname", asked);
    }),
  "the last database, where none is named": () => {
    let last = "default";
    return tampered((request, set) => {
      last = request.headersDistinct["x-dbname"]?.[0] ?? last;
      if (request.headers["x-dbname"] === undefined) set("x-dbname", last);
    });
  },
  "the last token, where none is sent": () => {
    let last: string | undefined;
    return tampered((request, set) => {
      last = request.headers.authorization ?? last;
      if (last !== undefined) set("authorization", last);
    });
  },
  "everybody trusted": () => async (engine) => {
    const server = createServer((request, response) => {
      const name = String(request.headers["x-dbname"] ?? "default");
      void engine
        .db(name)
        .collection("notes")
        .getList()
        .then((found) => response.end(JSON.stringify(found.isOk() ? found.value : { status: 400 })));
    });
    return listening(server);
  },
};

describe("the matrix itself", () => {
  it.each(Object.entries(careless))("sees a leak where there is one: %s", async (_, make) => {
    const { faults } = await attackAll(make(), { isFirstEnough: true });
    expect(faults[0]).toContain("leaks");
  });
});
