// The calls on backups, by the API's table of routes.
import { expect, it } from "vitest";
import { recordedClient } from "./recorded-fetch.js";

it("backups are made, listed, fetched, restored and removed", async () => {
  const id = `client1.${"0".repeat(32)}`;
  const { client, sent } = recordedClient(({ method, url }) => {
    if (method === "DELETE") return new Response(null, { status: 204 });
    return url.endsWith(id)
      ? new Response("bytes", { headers: { "content-type": "application/octet-stream" } })
      : { id };
  });
  const { backups } = client.settings;
  expect(await backups.create("client1")).toEqual({ id });
  await backups.list();
  await backups.list({ database: "client1" });
  const download = await backups.download(id);
  expect(await download.text()).toBe("bytes");
  await backups.restore(id);
  await backups.restore(id, { as: "client1-copy" });
  expect(await backups.delete(id)).toBe(true);
  expect(sent.map(({ method, url, body }) => [method, url.slice("http://api.test".length), body])).toEqual([
    ["POST", "/api/backups", '{"database":"client1"}'],
    ["GET", "/api/backups", ""],
    ["GET", "/api/backups?database=client1", ""],
    ["GET", `/api/backups/${id}`, ""],
    ["POST", `/api/backups/${id}/restore`, "{}"],
    ["POST", `/api/backups/${id}/restore`, '{"as":"client1-copy"}'],
    ["DELETE", `/api/backups/${id}`, ""],
  ]);
  await expect(backups.create("../x")).rejects.toMatchObject({ code: "database_name_invalid" });
  await expect(backups.restore(id, { as: "" })).rejects.toMatchObject({ code: "database_name_invalid" });
  await expect(backups.delete("")).rejects.toMatchObject({ code: "request_invalid" });
});

it("a download that is refused is an error, not a file", async () => {
  const body = { status: 404, code: "backup_not_found", message: "There is no such backup.", data: {} };
  const { client } = recordedClient(() => Response.json(body, { status: 404 }));
  await expect(client.settings.backups.download("client1.x")).rejects.toMatchObject(body);
});
