// One framework's server in a process of its own: bare, which says hello and nothing else, or with the API mounted on the
// databases of a directory of its own. Tells its parent when it listens.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import Koa from "koa";
import { createExpressMiddleware } from "../../../adapters/express/index.js";
import { createNodeListener } from "../../../adapters/http/index.js";
import { createKoaMiddleware } from "../../../adapters/koa/index.js";
import { TenantEngine } from "../../../lib/index.js";
import { valueOf } from "../../support/unwrap.js";
import { openByHand } from "./by-hand-server.js";
import type { Framework } from "./frameworks.js";
import type { HttpData } from "./http-data-child.js";

/** What a server answers with; "by hand" is for node:http alone. */
export type Serving = "hello" | "the API" | "the API without remembered totals" | "by hand";

/** What a child is started with. */
export interface HttpServerInput {
  readonly framework: Framework;
  readonly serves: Serving;
  /** Its files: for the API made before, for "by hand" there and empty. */
  readonly directory: string;
  /** Records of the collection. */
  readonly rows: number;
}

/** What it tells when it listens. */
export interface HttpServerReady {
  readonly origin: string;
  /** What it made itself, if it did. */
  readonly data?: HttpData;
}

const { framework, serves, directory, rows } = JSON.parse(process.argv[2] ?? "null") as HttpServerInput;

// A parent that is gone asks for nothing more.
process.on("disconnect", () => process.exit(1));

const hello = JSON.stringify({ hello: "world" });

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

const { listener, data } = await open();
const server = createServer(listener);
server.listen(0, "127.0.0.1", () => {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ready: HttpServerReady = { origin, ...(data && { data }) };
  process.send!(ready);
});

async function open(): Promise<{ readonly listener: RequestListener; readonly data?: HttpData }> {
  if (serves === "hello") return { listener: bare[framework]() };
  if (serves === "by hand") return openByHand(directory, rows);
  const limits = serves === "the API" ? {} : { rememberedTotals: 0 };
  const engine = valueOf(await TenantEngine.open({ dataDir: directory, limits }));
  return { listener: mounted[framework](engine) };
}
