// What a route is given of the engine: nothing by which it could reach more than its caller may, and trusted calls only
// where the table says that a superuser asks.
import { expectTypeOf, it } from "vitest";
import type { RouteAccess, RouteCalls } from "../../adapters/http/routes/route.js";
import type { Database } from "../../lib/index.js";

type Given<Access extends RouteAccess> = keyof RouteCalls[Access];

it("gives the engine's controls to superusers' routes alone", () => {
  expectTypeOf<Extract<"engine", Given<"superuser">>>().toEqualTypeOf<"engine">();
  expectTypeOf<Extract<"engine", Given<Exclude<RouteAccess, "superuser">>>>().toEqualTypeOf<never>();
});

it("gives nobody a database that can be seen as somebody else, or as trusted code sees it", () => {
  expectTypeOf<keyof RouteCalls["caller"]["db"]>().toEqualTypeOf<"name" | "collection" | "auth" | "transaction">();
  expectTypeOf<RouteCalls["signIn"]["db"]>().toEqualTypeOf<RouteCalls["caller"]["db"]>();
  expectTypeOf<RouteCalls["token"]["db"]>().toEqualTypeOf<RouteCalls["caller"]["db"]>();
  expectTypeOf<RouteCalls["caller"]["db"]>().not.toExtend<Database>();
  // The control: a database of the engine itself has more.
  expectTypeOf<"as">().toExtend<keyof Database>();
});

it("gives routes of the controls no database at all", () => {
  expectTypeOf<Extract<"db", Given<"superuser" | "open" | "description">>>().toEqualTypeOf<never>();
  expectTypeOf<keyof RouteCalls["description"]["collections"]>().toEqualTypeOf<"schemas">();
  // Nothing of the engine hides in what every route gets.
  expectTypeOf<Given<"open">>().toEqualTypeOf<"params" | "query" | "settings" | "body">();
});
