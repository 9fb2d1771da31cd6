// The page's script: signs in to a tenant and shows its notes. Bundled by server.js; runs in the browser.
import { TenantClient } from "tenant-engine/client";

const client = new TenantClient(location.origin);

/** @type {(id: string) => HTMLElement} */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} form @param {(values: Record<string, string>) => Promise<void>} work */
function onSubmit(form, work) {
  element(form).addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target)));
    element("problem").textContent = "";
    work(/** @type {Record<string, string>} */ (values)).catch((/** @type {unknown} */ error) => {
      element("problem").textContent = error instanceof Error ? error.message : String(error);
    });
  });
}

onSubmit("login", async ({ tenant = "", email = "", password = "" }) => {
  const db = client.db(tenant);
  const { user } = await db.auth.login(email, password);
  const notes = db.collection("notes");

  const show = async () => {
    const page = await notes.getList(1, 20, { sort: "-created" });
    element("notes").replaceChildren(
      ...page.items.map((note) => Object.assign(document.createElement("li"), { textContent: String(note["title"]) })),
    );
    element("who").textContent = `${String(user["name"])} of ${tenant}: ${page.totalItems} notes`;
  };
  await show();
  element("login").hidden = true;
  element("signed-in").hidden = false;
  onSubmit("add", async ({ title }) => {
    await notes.create({ title, owner: user.id });
    await show();
  });
});
