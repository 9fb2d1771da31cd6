// What a route is: method, path, who may call it, what it takes, what it does, and how the API's description tells of
// it. A route gets no more of the engine than its callers may have.
import type { Database, ErrorCode, Principal, Result, Superuser, TenantEngine, User } from "../../../lib/index.js";
import type { HttpAnswer } from "../exchange.js";
import type { ResolvedHttpOptions } from "../http-options.js";
import type { Refusal } from "../answer/http-refusal.js";
import type { QueryShape, QueryValues } from "../request/query-parameters.js";
import type { BodyKind } from "../request/request-body.js";
import type { SchemaReference } from "../openapi/schema-reference.js";

export type RouteMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A database as somebody sees it. It cannot be turned back into the trusted one. */
export type SeenDatabase = Pick<Database, "name" | "collection" | "auth" | "transaction">;

/** What only superusers get. */
export type EngineControls = Pick<TenantEngine, "databases" | "collections" | "rules" | "backups" | "stats" | "limits">;

/** The app's options that routes ask. */
export type RouteSettings = Pick<ResolvedHttpOptions, "basePath" | "batchRequests" | "openapi" | "superuserLogin">;

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
  readonly settings: RouteSettings;
  /** The body, read now. */
  readonly body: () => Promise<Result<unknown, Refusal>>;
}

/** Who asks, and the database as he sees it. */
export interface CallerCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly db: SeenDatabase;
  readonly principal: Principal;
}

/** The database as a guest sees it, and what he has to show. */
export interface SignInCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly db: SeenDatabase;
  readonly address: string | undefined;
}

/** An account, by a token that counts or by the app's word, and its database: as a guest sees it where there is a token. */
export interface TokenCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly db: SeenDatabase;
  readonly principal: User | Superuser;
  /** undefined where the app itself has said who asks. */
  readonly token: string | undefined;
}

export interface SuperuserCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly engine: EngineControls;
  /** The database that the request itself names. */
  readonly namedDatabase: string | undefined;
}

/** Who asks, and the schema to describe. */
export interface DescriptionCall<Path extends string = string, Shape extends QueryShape = QueryShape> extends RouteCall<
  Path,
  Shape
> {
  readonly principal: Principal;
  readonly collections: Pick<TenantEngine["collections"], "schemas">;
}

/** What each kind of route is given. */
export interface RouteCalls<Path extends string = string, Shape extends QueryShape = QueryShape> {
  /** Asks no database. */
  readonly open: RouteCall<Path, Shape>;
  readonly signIn: SignInCall<Path, Shape>;
  readonly token: TokenCall<Path, Shape>;
  readonly caller: CallerCall<Path, Shape>;
  readonly superuser: SuperuserCall<Path, Shape>;
  readonly description: DescriptionCall<Path, Shape>;
}

/** Who may call a route: anybody, one who signs in, the holder of a token, whoever the rules let in, a superuser, or whom an option says. */
export type RouteAccess = keyof RouteCalls;

export type RouteOutcome = PromiseLike<Result<HttpAnswer, Refusal>>;

/** What the description of the API says of a route. */
export interface RouteDescription {
  readonly summary: string;
  /** The body that the route takes. */
  readonly body?: SchemaReference;
  readonly answer: {
    readonly status: number;
    readonly schema?: SchemaReference;
    /** Default: JSON. */
    readonly mediaType?: string;
  };
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
