// Runs the SaaS pattern against a real server and tells what happens: two tenants register, a user of each signs in,
// and nothing of the one is to be had by the other. Ends by itself; DATA_DIR says where the data go.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { TenantEngine } from "tenant-engine";
import { ClientError, TenantClient } from "tenant-engine/client";
import { createExpressMiddleware } from "tenant-engine/express";
import { defineCollections, findTenant, loginTenantUser, registerTenant } from "./tenancy.js";

const opened = await TenantEngine.open({
  dataDir: process.env["DATA_DIR"] ?? (await mkdtemp(join(tmpdir(), "tenant-engine-saas-"))),
});
if (opened.isErr()) throw opened.error;
const engine = opened.value;
console.log(`data in ${engine.dataDir}`);

const app = express();
app.use(createExpressMiddleware(engine));
const server = app.listen(Number(process.env["PORT"] ?? 0), "127.0.0.1");
await once(server, "listening");
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

try {
  await run(`http://127.0.0.1:${port}`);
} finally {
  server.close();
  server.closeAllConnections();
  void (await engine.close());
}

/** @param {string} url */
async function run(url) {
  const client = new TenantClient(url, { token: await superuserToken() });
  await defineCollections(client);

  for (const subdomain of ["acme", "globex"]) {
    const password = randomBytes(12).toString("base64url");
    const owner = { email: `owner@${subdomain}.example`, password, name: "Owner" };
    const tenant = await registerTenant(client, { name: subdomain.toUpperCase(), subdomain, owner });
    console.log(`${subdomain}: registered, its data are in ${tenant.id}.db`);

    const { token, user } = await loginTenantUser(client, tenant.id, owner.email, password);
    const posts = new TenantClient(url, { token }).db(tenant.id).collection("posts");
    await posts.create({ title: `Only for ${subdomain}` });
    const page = await posts.getList(1, 20);
    console.log(
      `${subdomain}: ${user["email"]} signed in and reads ${page.totalItems} post: ${String(page.items[0]?.["title"])}`,
    );

    await showThatNothingCrosses(new TenantClient(url, { token }), client, subdomain);
  }

  try {
    const owner = { email: "second@acme.example", password: randomBytes(12).toString("base64url"), name: "Second" };
    await registerTenant(client, { name: "Another ACME", subdomain: "acme", owner });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    console.log(`a second acme: ${error.status} ${error.code}`);
  }
}

/** A user of one tenant asks for the databases of all others. @param {TenantClient} mine @param {TenantClient} operator @param {string} subdomain */
async function showThatNothingCrosses(mine, operator, subdomain) {
  const own = await findTenant(operator, subdomain);
  for (const { name } of await operator.settings.databases.list()) {
    if (name === own.id) continue;
    try {
      const page = await mine.db(name).collection("posts").getList();
      throw new Error(`${subdomain} read ${page.totalItems} posts of ${name}: this must never happen`);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      console.log(`${subdomain}: asked for ${name}: ${error.status} ${error.code}`);
    }
  }
}

async function superuserToken() {
  const email = "operator@example.com";
  const password = randomBytes(12).toString("base64url");
  const made = await engine.superusers.create({ email, password });
  if (made.isErr()) throw made.error;
  const signedIn = await engine.db().auth.login(email, password, { collection: "_superusers" });
  if (signedIn.isErr()) throw signedIn.error;
  return signedIn.value.token;
}
