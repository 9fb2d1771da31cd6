// /auth and the sign-in of an auth collection: accounts of one database. A body from outside is only ever read as a
// guest's.
import {
  EngineError,
  err,
  ok,
  type AccountView,
  type LoginOptions,
  type Result,
  type SignedIn,
} from "../../../lib/index.js";
import { valueAnswer } from "../answer/answers.js";
import { bodyObject, bodyTexts } from "./body-object.js";
import { noQuery, route, type Route, type SignInCall } from "./route.js";

const superusers = "_superusers";

/** Clients find the collection beside an account's fields, as with every record. */
const view: AccountView = { withCollection: true };

export const authRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/auth/login",
    access: "signIn",
    isSignIn: true,
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Signs in to the default auth collection of the database",
      body: "Login",
      answer: { status: 200, schema: "SignedIn" },
      errors: ["unauthenticated", "rate_limited", "collection_not_found"],
    },
    run: async (call) => {
      const given = await bodyTexts(call, ["email", "password"]);
      if (given.isErr()) return err(given.error);
      const { email, password } = given.value;
      const signedIn = await call.db.auth.login(email, password, optionsOf(call));
      return signedIn.map((found) => valueAnswer(200, found));
    },
  }),
  route({
    method: "POST",
    path: "/auth/register",
    access: "signIn",
    isSignIn: true,
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Makes an account in the default auth collection and signs it in",
      body: "Registration",
      answer: { status: 201, schema: "SignedIn" },
      errors: ["validation_failed", "unique_violation", "forbidden", "rate_limited", "collection_not_found"],
    },
    run: async (call) => {
      const data = await bodyObject(call);
      if (data.isErr()) return err(data.error);
      return (await call.db.auth.register(data.value, view)).map((made) => valueAnswer(201, made));
    },
  }),
  route({
    method: "POST",
    path: "/auth/refresh",
    access: "token",
    query: noQuery,
    description: {
      summary: "A new token for one that counts",
      answer: { status: 200, schema: "SignedIn" },
      errors: ["unauthenticated"],
    },
    run: async ({ db, token }) =>
      token === undefined ? noToken() : (await db.auth.refresh(token, view)).map((found) => valueAnswer(200, found)),
  }),
  route({
    method: "GET",
    path: "/auth/me",
    access: "token",
    query: noQuery,
    description: {
      summary: "The account of whoever asks",
      answer: { status: 200, schema: "Account" },
      errors: ["unauthenticated"],
    },
    run: async ({ db, token, principal }) => {
      if (token !== undefined) return (await db.auth.me(token, view)).map((account) => valueAnswer(200, account));
      if (principal.kind !== "user") return noToken();
      // The app itself has said who asks: there is no token to ask about.
      const found = await db.collection(principal.collection).getOne(principal.record.id, view);
      return found.map((account) => valueAnswer(200, account));
    },
  }),
  route({
    method: "POST",
    path: "/auth/change-password",
    access: "token",
    isSignIn: true,
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Sets a new password; all other tokens of the account end",
      body: "PasswordChange",
      answer: { status: 200, schema: "SignedIn" },
      errors: ["unauthenticated", "validation_failed", "rate_limited"],
    },
    run: async (call) => {
      if (call.token === undefined) return noToken();
      const given = await bodyTexts(call, ["oldPassword", "password"]);
      if (given.isErr()) return err(given.error);
      const { oldPassword, password } = given.value;
      const changed = await call.db.auth.changePassword(call.token, oldPassword, password, view);
      return changed.map((found) => valueAnswer(200, found));
    },
  }),
  route({
    method: "POST",
    path: "/collections/:collection/auth-with-password",
    access: "signIn",
    isSignIn: true,
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Signs in to an auth collection of the database",
      body: "PasswordIdentity",
      answer: { status: 200, schema: "SignedInRecord" },
      errors: ["unauthenticated", "rate_limited", "collection_not_found", "request_invalid"],
    },
    run: async (call) => {
      const collection = call.params.collection;
      const allowed = mayNameCollection(call, collection);
      if (allowed.isErr()) return err(allowed.error);
      const given = await bodyTexts(call, ["identity", "password"]);
      if (given.isErr()) return err(given.error);
      const { identity, password } = given.value;
      const signedIn = await call.db.auth.login(identity, password, { ...optionsOf(call), collection });
      return signedIn.map((found) => valueAnswer(200, recordAnswer(found)));
    },
  }),
  route({
    method: "POST",
    path: "/collections/:collection/auth-refresh",
    access: "token",
    query: noQuery,
    description: {
      summary: "A new token for one of this collection that counts",
      answer: { status: 200, schema: "SignedInRecord" },
      errors: ["unauthenticated"],
    },
    run: async ({ db, token, params }) => {
      if (token === undefined) return noToken();
      const collection = params.collection;
      const refreshed = await db.auth.refresh(token, { ...view, collection });
      return refreshed.map((found) => valueAnswer(200, recordAnswer(found)));
    },
  }),
];

const noToken = (): Result<never, EngineError> => err(new EngineError("unauthenticated", {}));

const optionsOf = ({ address }: SignInCall): LoginOptions => (address === undefined ? view : { ...view, address });

function mayNameCollection({ settings }: SignInCall, collection: string): Result<void, EngineError> {
  if (settings.superuserLogin || collection !== superusers) return ok(undefined);
  return err(new EngineError("forbidden", {}, { message: "Superusers do not sign in here." }));
}

/** As clients of an auth collection know it. */
const recordAnswer = ({ token, user }: SignedIn): object => ({ token, record: user });
