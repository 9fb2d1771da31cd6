// One framework's server in a process of its own: bare, which says hello and nothing else, or with the API mounted on a
// database of its own. Tells its parent when it listens.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import Koa from "koa";
import { createExpressMiddleware } from "../../../adapters/express/index.js";
import { createNodeListener } from "../../../adapters/http/index.js";
import { createKoaMiddleware } from "../../../adapters/koa/index.js";
import { TenantEngine } from "../../../lib/index.js";
import { valueOf } from "../../support/unwrap.js";
import { accountPassword } from "../variant.js";
import { openByHand } from "./by-hand-server.js";
import type { Framework } from "./frameworks.js";

/** What a server answers with; "by hand" is for node:http alone. */
export type Serving = "hello" | "the API" | "the API without remembered totals" | "by hand";

/** What a child is started with. */
export interface HttpServerInput {
  readonly framework: Framework;
  readonly serves: Serving;
  /** Its files; there and empty. */
  readonly directory: string;
  /** Records of the collection. */
  readonly rows: number;
}

/** What it tells when it listens. */
export interface HttpServerReady {
  readonly origin: string;
  /** Of the account that owns all records. Empty for a server that says hello. */
  readonly token: string;
  readonly email: string;
  readonly userId: string;
  /** Some of the records. */
  readonly ids: readonly string[];
}

const { framework, serves, directory, rows } = JSON.parse(process.argv[2] ?? "null") as HttpServerInput;

// A parent that is gone asks for nothing more.
process.on("disconnect", () => process.exit(1));

const hello = JSON.stringify({ hello: "world" });
const nobody = { token: "", email: "", userId: "", ids: [] };

const bare: Readonly<Record<Framework, () => RequestListener>> = {
  "node:http": () => (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(hello);
  },
  Express: () => express().use((_request, response) => void response.type("json").send(hello)),
  Koa: () => listenerOf(new Koa().use((context) => Object.assign(context, { type: "json", body: hello }))),
};

// Requests per client are counted by default; here one client asks for everybody.
const options = { rateLimit: false } as const;

const mounted: Readonly<Record<Framework, (engine: TenantEngine) => RequestListener>> = {
  "node:http": (engine) => {
    const listener = createNodeListener(engine, options);
    return (request, response) => void listener(request, response);
  },
  Express: (engine) => express().use(createExpressMiddleware(engine, options)),
  Koa: (engine) => {
    const app = new Koa();
    app.use(createKoaMiddleware(engine, options));
    return listenerOf(app);
  },
};

function listenerOf(app: Koa): RequestListener {
  const callback = app.callback();
  return (request, response) => void callback(request, response);
}

const { listener, ...data } = await open();
const server = createServer(listener);
server.listen(0, "127.0.0.1", () => {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ready: HttpServerReady = { origin, ...data };
  process.send!(ready);
});

async function open(): Promise<Omit<HttpServerReady, "origin"> & { readonly listener: RequestListener }> {
  if (serves === "hello") return { listener: bare[framework](), ...nobody };
  if (serves === "by hand") return { ...nobody, ...(await openByHand(directory, rows)) };
  const limits = serves === "the API" ? {} : { rememberedTotals: 0 };
  const engine = valueOf(await TenantEngine.open({ dataDir: directory, limits }));
  return { listener: mounted[framework](engine), ...(await fill(engine)) };
}

/** One tenant, one account, and records of which it is the owner. */
async function fill(opened: TenantEngine): Promise<Omit<HttpServerReady, "origin">> {
  valueOf(await opened.collections.create({ name: "users", type: "auth", fields: [] }));
  const owner = "author = @request.auth.id";
  valueOf(
    await opened.collections.create({
      name: "posts",
      fields: [
        { name: "title", type: "text", required: true },
        { name: "body", type: "text" },
        { name: "author", type: "relation", collection: "users", required: true },
      ],
      listRule: owner,
      viewRule: owner,
      createRule: owner,
      // As explain advises for what is listed newest first.
      indexes: [{ fields: ["author", "created"] }],
    }),
  );
  valueOf(await opened.databases.create({ name: "client1" }));
  const db = opened.db("client1");
  const email = "author@example.com";
  const { token, user } = valueOf(await db.auth.register({ email, password: accountPassword }));
  const posts = db.collection("posts");
  const ids: string[] = [];
  // As many as one call takes.
  const most = 50_000;
  for (let start = 0; start < rows; start += most) {
    const count = Math.min(most, rows - start);
    const titles = Array.from({ length: count }, (_, at) => ({
      title: `Post ${start + at}`,
      body: "Some words that a reader of this post would like to read.",
      author: user.id,
    }));
    const made = valueOf(await posts.createMany(titles));
    // Spread over the collection; a hundred are asked for in turn.
    const step = Math.max(1, Math.floor(count / 100));
    ids.push(...made.filter((_, at) => at % step === 0).map(({ id }) => id));
  }
  return { token, email, userId: user.id, ids: ids.slice(0, 100) };
}
