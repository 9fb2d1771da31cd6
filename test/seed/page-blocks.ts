// The code blocks of the product's founding page, word for word, in the page's order. Nothing in here is changed to make a
// test pass: the tests run the texts as they stand.

export const createDatabase = `
import { VskiClient } from "@vski/sdk";
const client = new VskiClient("http://localhost:3000");
// Create a new database
const database = await client.settings.databases.create({
name: "client1",
});
console.log(database.name); // "client1"
`;

export const listDatabases = `
const databases = await client.settings.databases.list();
console.log(databases);
// [
// { name: "default" },
// { name: "stats" },
// { name: "workflows" },
// { name: "client1" },
// { name: "client2" },
// ]
`;

export const accessDatabases = `
// Access a specific database
const client1Db = client.db("client1");
// All operations now use client1.db
const posts = await client1Db.collection("posts").getList(1, 20);
// Access another database
const client2Db = client.db("client2");
const posts2 = await client2Db.collection("posts").getList(1, 20);
`;

export const useHeaders = `
const headers = {
"Authorization": "Bearer your-token",
"x-dbname": "client1",
};
const response = await fetch(
"http://localhost:3000/api/collections/posts/records",
{
headers,
},
);
`;

export const isolateDatabases = `
// Access client1 database
const client1Db = client.db("client1");
// Create a post in client1
await client1Db.collection("posts").create({
title: "Post in Client 1",
});
// Access client2 database
const client2Db = client.db("client2");
// This post is in client2 (different from client1)
await client2Db.collection("posts").create({
title: "Post in Client 2",
});
// Switch back to client1
const posts = await client1Db.collection("posts").getList(1, 20);
console.log(posts.items.length); // 1 (only the post created in client1)
`;

export const deleteDatabase = `
// Delete a database
const success = await client.settings.databases.delete("client1");
console.log(success); // true
`;

export const useDefault = `
// No database specified - uses default
const posts = await client.collection("posts").getList(1, 20);
`;

export const readStats = `
// Access stats database
const statsDb = client.db("stats");
const stats = await statsDb.collection("_stats").getList(1, 20);
`;

export const readWorkflows = `
// Access workflows database
const workflowsDb = client.db("workflows");
const runs = await workflowsDb.collection("workflow_runs").getList(1, 20);
`;

export const registerTenant = `
// When a new tenant registers
async function registerTenant(tenantData) {
// Create tenant record in default database
const tenant = await client.db("default").collection("tenants")
.create({
name: tenantData.name,
subdomain: tenantData.subdomain,
status: "active",
});
// Create isolated database for tenant
await client.settings.databases.create({
name: tenant.id,
});
// Initialize tenant's collections
await initializeTenantDatabase(tenant.id);
return tenant;
}
`;

export const initializeTenant = `
async function initializeTenantDatabase(tenantId) {
// Note: Collections schemas are created globally and apply to all databases.
// Records created in a database use these global schemas but are stored
// separately in each database file.
await client.settings.collections.create({
name: "users",
type: "auth",
fields: [
{ name: "email", type: "email", required: true },
{ name: "password", type: "text", required: true },
{ name: "name", type: "text" },
],
});
await client.settings.collections.create({
name: "posts",
type: "base",
fields: [
{ name: "title", type: "text", required: true },
{ name: "content", type: "text" },
],
});
}
`;

export const loginTenant = `
// When a tenant user logs in
async function loginTenantUser(tenantId, email, password) {
// Access tenant's database
const tenantDb = client.db(tenantId);
// Login
const result = await tenantDb.auth.login(email, password);
return result;
}
`;

export const pickEnvironment = `
// Environment-based database selection
const env = process.env.NODE_ENV || "development";
const databases = {
development: "dev",
staging: "staging",
production: "prod",
};
const envDb = client.db(databases[env]);
`;

export const isolateEnvironments = `
// Create environment databases
await client.settings.databases.create({ name: "dev" });
await client.settings.databases.create({ name: "staging" });
await client.settings.databases.create({ name: "prod" });
// Each environment has isolated data
const devDb = client.db("dev");
// All operations here are isolated from staging and prod
`;

/** A shell's. */
export const setDataDir = `
export DATA_DIR="/path/to/custom/data"
`;

export const createRule = `
await client.settings.rules.create({
name: "Tenant Access",
collection: "*",
rule: "@request.auth.tenantId = @request.data.dbname",
});
`;

export const crossDatabases = `
// Access data from another database (with proper permissions)
const otherDbData = await client.collection("shared_data").getList(1, 20, {
headers: {
"x-dbname": "shared",
},
});
`;

export const databaseStatistics = `
// Get statistics for a specific database
const client1Db = client.db("client1");
const stats = await client1Db.collection("_stats").getList(1, 20);
console.log(stats.items);
`;

export const storageUsage = `
// Check database file sizes
import { readdir, stat } from "fs/promises";
const dataDir = process.env.DATA_DIR || "./data";
const files = await readdir(dataDir);
for (const file of files) {
if (file.endsWith(".db")) {
const stats = await stat(\`\${dataDir}/\${file}\`);
console.log(\`\${file}: \${(stats.size / 1024 / 1024).toFixed(2)} MB\`);
}
}
`;
