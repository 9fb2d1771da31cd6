// The description of the API: valid OpenAPI, with every route in it, and of the collections that are there now.
import { validate } from "@readme/openapi-parser";
import { expect, test } from "vitest";
import { routes } from "../../../adapters/http/routes/route-table.js";
import { openTenant } from "../../support/open-engine.js";
import { openFace } from "../../support/http-faces.js";
import { valueOf } from "../../support/unwrap.js";

interface DescribedSchema {
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Described {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, DescribedSchema>> };
}

const everyType = {
  name: "things",
  fields: [
    { name: "title", type: "text", required: true, max: 80 },
    { name: "link", type: "url" },
    { name: "mail", type: "email" },
    { name: "day", type: "date" },
    { name: "at", type: "datetime" },
    { name: "many", type: "select", options: ["a", "b"], multiple: true },
    { name: "one", type: "select", options: ["a", "b"] },
    { name: "rank", type: "number", integer: true, default: 1 },
    { name: "extra", type: "json" },
    { name: "body", type: "editor" },
    { name: "done", type: "bool" },
    { name: "peers", type: "relation", collection: "things", multiple: true },
    { name: "secret", type: "text", hidden: true },
  ],
} as const;

async function described(openapi: "superusers" | "everyone" = "everyone") {
  const { engine } = await openTenant([everyType, { name: "members", type: "auth" }]);
  const face = await openFace("fetch", engine, { openapi });
  const { status, body } = await face.ask({ path: "/api/openapi.json" });
  return { engine, face, status, document: body as Described };
}

test("is valid OpenAPI 3.1", async () => {
  const { document } = await described();
  expect(document.openapi).toBe("3.1.0");
  const found = await validate(structuredClone(document) as unknown as Parameters<typeof validate>[0]);
  expect(found).toMatchObject({ valid: true });
  // The validator bites.
  const broken = { ...structuredClone(document), paths: { "/health": { get: { responses: "none" } } } };
  expect(await validate(broken as unknown as Parameters<typeof validate>[0])).toMatchObject({ valid: false });
});

test("has every route of the code, and nothing else", async () => {
  const { document } = await described();
  const inDocument = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  for (const { method, path } of routes) {
    const own = path
      .replace(":collection", path.includes("/auth-") ? "members" : "things")
      .replaceAll(/:(\w+)/g, "{$1}");
    expect(inDocument).toContain(`${method} ${own}`);
  }
  const known = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, "*")}`);
  const strangers = inDocument.filter((each) => {
    const plain = each.replaceAll(/\{\w+\}/g, "*");
    return !known.includes(plain) && !known.includes(plain.replace(/\/collections\/\w+\//, "/collections/*/"));
  });
  expect(strangers).toEqual([]);
  const ids = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).map((each) => each.operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

test("tells the fields of each collection, and none that clients may not know", async () => {
  const { document, face, engine } = await described();
  const { schemas } = document.components;
  expect(schemas["things.Record"]!.properties).toMatchObject({
    id: { type: "string" },
    title: { type: ["string", "null"] },
    at: { type: ["string", "null"], format: "date-time" },
    many: { type: "array" },
    one: { enum: ["a", "b", null] },
    collectionName: { type: "string" },
  });
  expect(schemas["things.RecordCreate"]).toMatchObject({ required: ["title"], additionalProperties: false });
  expect(schemas["things.RecordCreate"]!.properties["title"]).toMatchObject({ type: "string", maxLength: 80 });
  expect(Object.keys(schemas["members.Record"]!.properties)).not.toContain("password");
  expect(schemas["members.RecordCreate"]!.properties).toHaveProperty("password");
  expect(JSON.stringify(document)).not.toContain("secret");
  expect(schemas).not.toHaveProperty(["_superusers.RecordCreate"]);

  valueOf(await engine.collections.create({ name: "later", fields: [{ name: "x", type: "bool" }] }));
  const again = (await face.ask({ path: "/api/openapi.json" })).body as Described;
  expect(again.paths).toHaveProperty(["/collections/later/records"]);
});

test("is for superusers unless the app opens it", async () => {
  const { status } = await described("superusers");
  expect(status).toBe(401);
});
