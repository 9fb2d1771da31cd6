// The one engine of this app, opened at the first request: never while Next builds, and kept across hot reloads.
import { TenantEngine } from "tenant-engine";
import { sharedEngine } from "tenant-engine/next";

export const getEngine = sharedEngine(async () => {
  const opened = await TenantEngine.open();
  if (opened.isErr()) return opened;
  const made = await opened.value.collections.create({
    name: "posts",
    fields: [{ name: "title", type: "text", required: true }],
    listRule: "",
    viewRule: "",
  });
  if (made.isOk()) return opened;
  // An engine that is not handed on must let its directory go, or the next try could not have it.
  await opened.value.close();
  return made;
});
