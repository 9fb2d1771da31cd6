// What a route is: method, path, who may call it, what it takes, what it does, and how the API's description tells of
// it. A route gets no more of the engine than its callers may have.
import type { Database, EngineLimits, ErrorCode, Principal, Result, TenantEngine } from "../../../lib/index.js";
import type { HttpAnswer } from "../exchange.js";
import type { Refusal } from "../http-refusal.js";
import type { QueryShape, QueryValues } from "../query-parameters.js";
import type { BodyKind } from "../request-body.js";
import type { SchemaReference } from "../openapi/schema-reference.js";

export type RouteMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A database as somebody sees it. It cannot be turned back into the trusted one. */
export type SeenDatabase = Pick<Database, "name" | "collection" | "auth" | "transaction">;

/** What only superusers get. */
export type EngineControls = Pick<TenantEngine, "databases" | "collections" | "rules" | "limits">;

/** The named parts of a path: `"/rules/:id"` has `id`. */
type PartNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PartNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What every route is given of a request. */
export interface RouteCall<Path extends string = string, Shape extends QueryShape = QueryShape> {
  /** The named parts of the path, percent-decoded. */
  readonly params: Readonly<Record<PartNames<Path>, string>>;
  readonly query: QueryValues<Shape>;
  /** The body, read now. */
  body(): Promise<Result<unknown, Refusal>>;
}

/** Who asks, and the database as he sees it. */
export interface CallerCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly db: SeenDatabase;
  readonly principal: Principal;
  readonly limits: EngineLimits;
  readonly batchRequests: number;
}

/** The database as a guest sees it, and what he has to show. */
export interface SignInCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly db: SeenDatabase;
  readonly address: string | undefined;
  readonly superuserLogin: boolean;
}

/** A token that counts, and the database as a guest sees it: what is asked is asked of the token. */
export interface TokenCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly db: SeenDatabase;
  readonly token: string;
}

export interface SuperuserCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly engine: EngineControls;
}

/** What each kind of route is given. */
export interface RouteCalls<Path extends string = string, Shape extends QueryShape = QueryShape> {
  /** Asks no database. */
  readonly open: RouteCall<Path, Shape>;
  readonly signIn: SignInCall<Path, Shape>;
  readonly token: TokenCall<Path, Shape>;
  readonly caller: CallerCall<Path, Shape>;
  readonly superuser: SuperuserCall<Path, Shape>;
}

/** Who may call a route: anybody, one who signs in, the holder of a token, whoever the rules let in, or a superuser. */
export type RouteAccess = keyof RouteCalls;

export type RouteOutcome = PromiseLike<Result<HttpAnswer, Refusal>>;

/** What the description of the API says of a route. */
export interface RouteDescription {
  readonly summary: string;
  /** The body that the route takes. */
  readonly body?: SchemaReference;
  readonly answer: { readonly status: number; readonly schema?: SchemaReference };
  /** Codes besides those that every call can end in. */
  readonly errors: readonly ErrorCode[];
}

interface RouteParts<Access extends RouteAccess, Path extends string, Shape extends QueryShape> {
  readonly method: RouteMethod;
  /** `:name` stands for one part of the path. */
  readonly path: Path;
  readonly access: Access;
  /** Counted as something that proves or sets a password. */
  readonly isSignIn?: boolean;
  readonly query: Shape;
  /** The kind of body that is read; left out where none is. */
  readonly bodyKind?: BodyKind;
  readonly description: RouteDescription;
  run(call: RouteCalls<Path, Shape>[Access]): RouteOutcome;
}

/** A route, of whatever kind. */
export type Route = { readonly [Access in RouteAccess]: RouteParts<Access, string, QueryShape> }[RouteAccess];

/** A route whose `run` sees the path's parts and the query as they are declared. */
export function route<Access extends RouteAccess, const Path extends `/${string}`, const Shape extends QueryShape>(
  parts: RouteParts<Access, Path, Shape>,
): Route {
  // `run` is only ever given the parts of its own path, and a query that was read by its own shape.
  return parts as unknown as Route;
}

/** Takes no query. */
export const noQuery = {} as const satisfies QueryShape;
