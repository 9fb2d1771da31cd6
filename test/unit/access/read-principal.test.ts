// What counts as a principal, and when it is taken as it is.
import { describe, expect, it } from "vitest";
import type { Principal, User } from "../../../lib/access/principal.js";
import { issuePrincipal, readPrincipal } from "../../../lib/access/read-principal.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const userOf = (id: string): User => ({
  ...{ kind: "user", databaseId: "db1", databaseName: "client1", collection: "users" },
  record: { id, settings: { themes: ["dark"] } },
});

describe("an issued principal", () => {
  it("is taken as it is, and frozen throughout", () => {
    const issued = issuePrincipal(userOf("ann"));
    expect(valueOf(readPrincipal(issued))).toBe(issued);
    const settings = issued.record["settings"] as { readonly themes: string[] };
    expect([issued, issued.record, settings, settings.themes].every((each) => Object.isFrozen(each))).toBe(true);
    expect(() => settings.themes.push("light")).toThrow(TypeError);
  });

  it("lends nothing to what is made of it", () => {
    const issued = issuePrincipal(userOf("ann"));
    const forged = [
      Object.create(issued) as Principal,
      { ...issued, kind: "root" } as unknown as Principal,
      { ...issued, databaseId: "" },
    ];
    for (const each of forged) refusalOf(readPrincipal(each), "request_invalid");
    const changed = { ...issued, databaseName: "client2" };
    expect(valueOf(readPrincipal(changed))).toEqual({ ...userOf("ann"), databaseName: "client2" });
  });
});

it("a principal of somebody else's making is copied, so that it may be changed afterwards", () => {
  const given = { ...userOf("ann") } as { -readonly [Name in keyof User]: User[Name] };
  const read = valueOf(readPrincipal(given));
  given.databaseName = "client2";
  expect(read).toEqual(userOf("ann"));
});

it("neither a principal is what behaves like one for a while", () => {
  let turns = 0;
  const shifting = new Proxy(issuePrincipal(userOf("ann")), {
    getOwnPropertyDescriptor: (target, name) => Reflect.getOwnPropertyDescriptor(target, name),
    get: (target, name) => (name === "kind" && (turns += 1) > 1 ? "superuser" : Reflect.get(target, name)),
  });
  expect(valueOf(readPrincipal(shifting))).toEqual(userOf("ann"));
  const throwing = Object.defineProperty({}, "kind", {
    get: () => {
      throw new Error("no");
    },
  });
  refusalOf(readPrincipal(throwing), "request_invalid");
  for (const nobody of [null, undefined]) expect(valueOf(readPrincipal(nobody))).toEqual({ kind: "guest" });
  for (const other of [false, "", 0, "superuser", [], {}, () => undefined]) {
    refusalOf(readPrincipal(other), "request_invalid");
  }
});
