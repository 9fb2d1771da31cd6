// A Koa app with one database for each tenant, beside the app's own middleware. Stops cleanly on SIGINT and SIGTERM.
import Koa from "koa";
import { TenantEngine } from "tenant-engine";
import { createKoaMiddleware } from "tenant-engine/koa";

const opened = await TenantEngine.open();
if (opened.isErr()) throw opened.error;
const engine = opened.value;

const made = await engine.collections.create({
  name: "announcements",
  fields: [{ name: "text", type: "text", required: true }],
  // Everybody may read; with no rule for it, only superusers write.
  listRule: "",
  viewRule: "",
});
if (made.isErr()) throw made.error;
for (const name of ["acme", "globex"]) {
  const created = await engine.databases.create({ name });
  if (created.isErr() && created.error.code !== "database_exists") throw created.error;
  const announcements = engine.db(name).collection("announcements");
  const count = await announcements.count();
  if (count.isErr()) throw count.error;
  if (count.value > 0) continue;
  const announced = await announcements.create({ text: `Hello ${name}` });
  if (announced.isErr()) throw announced.error;
}

const app = new Koa();
app.use(async (context, next) => {
  // What the app sets before stays in the engine's answers too.
  context.set("x-content-type-options", "nosniff");
  await next();
});
app.use(createKoaMiddleware(engine));
app.use((context) => {
  context.body = "The API is below /api.\n";
});

const server = app.listen(Number(process.env["PORT"] ?? 3000), () => {
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://localhost:${address.port}`;
  console.log(`listening on ${origin} (data in ${engine.dataDir})`);
  for (const name of ["acme", "globex"]) {
    console.log(`curl -s ${origin}/api/collections/announcements/records -H 'x-dbname: ${name}'`);
  }
});
server.on("error", (error) => {
  console.error(`cannot listen: ${error.message}. Set PORT to a free port.`);
  process.exitCode = 1;
  void engine.close();
});

const stop = () => {
  server.close(() => void engine.close());
  server.closeIdleConnections();
};
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
