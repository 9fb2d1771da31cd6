// What is asked of the servers.
import type { Request } from "autocannon";
import { accountPassword } from "../variant.js";
import type { HttpData } from "./http-data-child.js";

export interface HttpWork {
  readonly label: string;
  readonly connections: number;
  /** Sent one after the other, again and again. */
  readonly requests: (data: HttpData) => Request[];
  /** Whether each connection begins with another request, so that they do not ask the same at the same time. Default false. */
  readonly isSpread?: boolean;
  /** Whether the server that was written by hand does it too. Default false. */
  readonly isByHand?: boolean;
}

const json = { "content-type": "application/json" };
const asUser = ({ token }: HttpData) => ({ ...json, "x-dbname": "client1", authorization: `Bearer ${token}` });
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
  requests: (data) =>
    Array.from({ length: 64 }, (_, at) => ({
      method: "GET",
      path: `${records}?perPage=20&filter=${encodeURIComponent(`title != 'Post ${at}'`)}`,
      headers: asUser(data),
    })),
};

export const httpWorks: readonly HttpWork[] = [
  {
    label: "getOne under an owner rule",
    connections: 64,
    isByHand: true,
    requests: (data) => data.ids.map((id) => ({ method: "GET", path: `${records}/${id}`, headers: asUser(data) })),
  },
  {
    label: "list of 20 with totals",
    connections: 64,
    isByHand: true,
    requests: (data) => [{ method: "GET", path: `${records}?perPage=20&sort=-created`, headers: asUser(data) }],
  },
  manyLists,
  {
    label: "create, durable",
    connections: 500,
    isByHand: true,
    requests: (data) => [
      {
        method: "POST",
        path: records,
        headers: asUser(data),
        body: JSON.stringify({ title: "New", body: "Some words.", author: data.userId }),
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
