// The client's types are written by hand, because a browser gets nothing of the engine. Here the compiler holds them
// against the engine's own; running these lines only shows that they were compiled.
import { describe, expect, expectTypeOf, it } from "vitest";
import type * as client from "../../adapters/client/index.js";
import { ClientError, TenantClient } from "../../adapters/client/index.js";
import type { HttpRefusalCode } from "../../adapters/http/answer/http-refusal.js";
import type { HttpHandler } from "../../adapters/http/index.js";
import type * as engine from "../../lib/index.js";

interface Post {
  readonly title: string;
  readonly views: number;
}

/** Whether a value of the first type may stand where the second is asked for. */
type Fits<From, To> = [From] extends [To] ? true : false;
const fits = <T extends true>(): T => true as T;

describe("the client's types", () => {
  it("know every code that the server can answer", () => {
    expectTypeOf<client.ServerErrorCode>().toEqualTypeOf<engine.ErrorCode | HttpRefusalCode>();
    expectTypeOf<client.FieldProblem>().toEqualTypeOf<engine.FieldProblem>();
    const error = new ClientError({ status: 0, code: "code_of_a_newer_server", message: "" });
    expect(error.code).toBe("code_of_a_newer_server");
  });

  it("take what the engine gives", () => {
    expect([
      fits<Fits<engine.DatabaseDescription, client.DatabaseDescription>>(),
      fits<Fits<engine.DescribedCollection, client.DescribedCollection>>(),
      fits<Fits<engine.DatabaseRule, client.DatabaseRule>>(),
      fits<Fits<engine.RecordPage<Post>, client.RecordPage<Post>>>(),
      fits<Fits<engine.RecordOf<Post> & { collectionId: string; collectionName: string }, client.RecordOf<Post>>>(),
      fits<Fits<engine.SystemFields, client.SystemFields>>(),
      fits<Fits<engine.EngineStats, client.EngineStats>>(),
    ]).not.toContain(false);
    expectTypeOf<client.DatabaseDescription>().toEqualTypeOf<engine.DatabaseDescription>();
    expectTypeOf<client.DatabaseStats>().toEqualTypeOf<engine.DatabaseStats>();
    expectTypeOf<keyof client.EngineStats>().toEqualTypeOf<keyof engine.EngineStats>();
    expectTypeOf<keyof client.EngineStats["pool"]>().toEqualTypeOf<keyof engine.EngineStats["pool"]>();
    expectTypeOf<client.BackupDescription>().toEqualTypeOf<engine.BackupDescription>();
    expectTypeOf<client.DatabaseRule>().toEqualTypeOf<engine.DatabaseRule>();
    expectTypeOf<client.RecordPage<Post>>().toEqualTypeOf<engine.RecordPage<Post>>();
    expectTypeOf<client.SystemFields>().toEqualTypeOf<engine.SystemFields>();
  });

  it("send what the engine takes", () => {
    expect([
      fits<Fits<client.CollectionDefinition, engine.CollectionDefinition>>(),
      fits<Fits<client.CollectionChange, engine.CollectionChange>>(),
      fits<Fits<client.DatabaseRuleDefinition, engine.DatabaseRuleDefinition>>(),
      fits<Fits<client.FilterInput, engine.FilterInput>>(),
      fits<Fits<client.RecordInput<Post>, engine.RecordInput<Post>>>(),
      fits<Fits<client.DescribedCollection, client.CollectionDefinition>>(),
    ]).not.toContain(false);
    expectTypeOf<client.FieldTypeName>().toEqualTypeOf<engine.FieldTypeName>();
    expectTypeOf<client.RecordOperation>().toEqualTypeOf<engine.RecordOperation>();
    expectTypeOf<client.JsonValue>().toEqualTypeOf<engine.JsonValue>();
    type Options<T> = keyof Omit<T, keyof client.CallOptions>;
    // Over HTTP records always say their collection, and only trusted code sees deleted ones.
    type Sent<T> = Exclude<keyof T, "includeDeleted" | "withCollection">;
    expectTypeOf<Options<client.ListOptions>>().toEqualTypeOf<Sent<engine.ListOptions>>();
    expectTypeOf<Options<client.SelectionOptions>>().toEqualTypeOf<Sent<engine.SelectionOptions>>();
  });

  it("take fetch, and a handler in its place", () => {
    expect([
      fits<Fits<typeof globalThis.fetch, client.SendRequest>>(),
      fits<Fits<HttpHandler, client.SendRequest>>(),
    ]).not.toContain(false);
  });

  it("carry a collection's fields", () => {
    const posts = new TenantClient("http://api.test").collection<Post>("posts");
    type Item = Awaited<ReturnType<typeof posts.getOne>>;
    expectTypeOf<Item["title"]>().toEqualTypeOf<string>();
    expectTypeOf<Item["collectionName"]>().toEqualTypeOf<string>();
    expectTypeOf(posts.create).parameter(0).toEqualTypeOf<Partial<Post>>();
    // @ts-expect-error no such field
    const wrong = (): unknown => posts.update("a", { titel: "x" });
    // @ts-expect-error no such option
    const misspelt = (): unknown => posts.getList(1, 20, { fliter: "views > 1" });
    // @ts-expect-error a placeholder is no object
    const nested = (): unknown => posts.count(["title = {:t}", { t: { deep: true } }]);
    const untyped = (): unknown => new TenantClient("http://api.test").collection("posts").create({ any: 1 });
    expect([wrong, misspelt, nested, untyped].every((call) => typeof call === "function")).toBe(true);
  });
});
