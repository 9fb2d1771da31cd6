// What is asked of the servers.
import type { Request } from "autocannon";
import { accountPassword } from "../variant.js";
import type { HttpServerReady } from "./http-server-child.js";

export interface HttpWork {
  readonly label: string;
  readonly connections: number;
  /** Sent one after the other, again and again. */
  readonly requests: (server: HttpServerReady) => Request[];
  /** Whether each connection begins with another request, so that they do not ask the same at the same time. Default false. */
  readonly isSpread?: boolean;
  /** Whether the server that was written by hand does it too. Default false. */
  readonly isByHand?: boolean;
}

const json = { "content-type": "application/json" };
const asUser = ({ token }: HttpServerReady) => ({ ...json, "x-dbname": "client1", authorization: `Bearer ${token}` });
const records = "/api/collections/posts/records";

/** What the bare servers say hello to, with as many connections as each of the others. */
export const bareWork = (connections: number): HttpWork => ({
  label: "hello",
  connections,
  requests: () => [{ method: "GET", path: "/" }],
});

/** What remembered totals are measured by: beside a server that counts for every list. */
export const manyLists: HttpWork = {
  label: "64 different lists of 20 with totals",
  connections: 64,
  isSpread: true,
  requests: (server) =>
    Array.from({ length: 64 }, (_, at) => ({
      method: "GET",
      path: `${records}?perPage=20&filter=${encodeURIComponent(`title != 'Post ${at}'`)}`,
      headers: asUser(server),
    })),
};

export const httpWorks: readonly HttpWork[] = [
  {
    label: "getOne under an owner rule",
    connections: 64,
    isByHand: true,
    requests: (server) =>
      server.ids.map((id) => ({ method: "GET", path: `${records}/${id}`, headers: asUser(server) })),
  },
  {
    label: "list of 20 with totals",
    connections: 64,
    isByHand: true,
    requests: (server) => [{ method: "GET", path: `${records}?perPage=20&sort=-created`, headers: asUser(server) }],
  },
  manyLists,
  {
    label: "create, durable",
    connections: 500,
    isByHand: true,
    requests: (server) => [
      {
        method: "POST",
        path: records,
        headers: asUser(server),
        body: JSON.stringify({ title: "New", body: "Some words.", author: server.userId }),
      },
    ],
  },
  {
    label: "login",
    connections: 8,
    requests: ({ email }) => [
      {
        method: "POST",
        path: "/api/auth/login",
        headers: { ...json, "x-dbname": "client1" },
        body: JSON.stringify({ email, password: accountPassword }),
      },
    ],
  },
];
