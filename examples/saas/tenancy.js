// The SaaS pattern: a register of tenants in the default database, a database for each, named after its record's id.
// All through the client, as a service that is apart from the server would do it.

/** @import { TenantClient } from "tenant-engine/client" */

/**
 * The collections of the app, the register of tenants among them. The schema is global: it applies to every database,
 * also to those made later. Equal definitions give the existing collections, so this can run at each start.
 * @param {TenantClient} client signed in as a superuser
 */
export async function defineCollections(client) {
  const { collections } = client.settings;
  await collections.create({
    name: "tenants",
    fields: [
      { name: "name", type: "text", required: true },
      { name: "subdomain", type: "text", required: true, unique: true, pattern: "^[a-z0-9-]{2,40}$" },
      { name: "status", type: "select", options: ["active", "suspended"], required: true },
    ],
  });
  await collections.create({
    name: "users",
    type: "auth",
    fields: [
      { name: "email", type: "email", required: true },
      { name: "password", type: "text", required: true },
      { name: "name", type: "text" },
    ],
  });
  const signedIn = "@request.auth.id != ''";
  await collections.create({
    name: "posts",
    type: "base",
    fields: [
      { name: "title", type: "text", required: true },
      { name: "content", type: "text" },
    ],
    listRule: signedIn,
    viewRule: signedIn,
    createRule: signedIn,
  });
}

/**
 * Registers a tenant: its record, its database, its first user. When a step fails the ones before it are taken back, so
 * that the same registration can be tried again.
 * @param {TenantClient} client signed in as a superuser
 * @param {{ name: string, subdomain: string, owner: { email: string, password: string, name: string } }} registration
 */
export async function registerTenant(client, { name, subdomain, owner }) {
  const tenants = client.db("default").collection("tenants");
  // The unique subdomain refuses the second of two registrations, however close together they come.
  const tenant = await tenants.create({ name, subdomain, status: "active" });
  try {
    await client.settings.databases.create({ name: tenant.id });
    await client.db(tenant.id).collection("users").create(owner);
    return tenant;
  } catch (error) {
    await client.settings.databases.delete(tenant.id).catch(() => undefined);
    await tenants.delete(tenant.id);
    throw error;
  }
}

/**
 * Which tenant a subdomain belongs to.
 * @param {TenantClient} client signed in as a superuser
 * @param {string} subdomain
 */
export const findTenant = (client, subdomain) =>
  client.db("default").collection("tenants").getFirst(["subdomain = {:subdomain} && status = 'active'", { subdomain }]);

/**
 * Signs a tenant's user in. The token is good in this tenant's database and in no other.
 * @param {TenantClient} client
 * @param {string} tenantId
 * @param {string} email
 * @param {string} password
 */
export const loginTenantUser = (client, tenantId, email, password) => client.db(tenantId).auth.login(email, password);
