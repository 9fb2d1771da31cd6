// An Express app with one database for each tenant: its own routes beside the engine's REST API, and a page that uses
// the client. Stops cleanly on SIGINT and SIGTERM.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import express from "express";
import { TenantEngine } from "tenant-engine";
import { createExpressMiddleware } from "tenant-engine/express";
import { prepareDemo, valueOf } from "./demo-tenants.js";

const here = (/** @type {string} */ file) => fileURLToPath(new URL(file, import.meta.url));

// DATA_DIR, JWT_SECRET, SUPERUSER_EMAIL and SUPERUSER_PASSWORD come from the environment.
const engine = await valueOf(TenantEngine.open());
const newUsers = await prepareDemo(engine);

const page = await build({ entryPoints: [here("page.js")], bundle: true, format: "esm", minify: true, write: false });

const app = express();
app.disable("x-powered-by");
// Everything below /api. What it does not know goes on to the routes after it.
app.use(createExpressMiddleware(engine));
app.get("/", (_request, response) => {
  response.sendFile(here("page.html"));
});
app.get("/page.js", (_request, response) => {
  response.type("text/javascript").send(page.outputFiles[0]?.text);
});

// Express calls back with the error, too, of a port that is taken.
const server = app.listen(Number(process.env["PORT"] ?? 3000), (error) => {
  if (error) {
    console.error(`cannot listen: ${error.message}. Set PORT to a free port.`);
    process.exitCode = 1;
    void engine.close();
    return;
  }
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://localhost:${address.port}`;
  console.log(`listening on ${origin} (data in ${engine.dataDir})`);
  for (const { tenant, email, password } of newUsers) {
    console.log(`\n# sign in to ${tenant}: gives { token, user }`);
    console.log(
      `curl -s ${origin}/api/auth/login -H 'x-dbname: ${tenant}' -H 'content-type: application/json' ` +
        `-d '{"email":"${email}","password":"${password}"}'`,
    );
  }
  console.log(`\n# the notes of whoever the token belongs to; it is worth nothing in another tenant`);
  console.log(`curl -s ${origin}/api/collections/notes/records -H "authorization: Bearer $TOKEN"`);
});
const stop = () => {
  server.close(() => void engine.close());
  server.closeIdleConnections();
};
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
