// A server component asks the same engine in process: no request to itself.
import { getEngine } from "../lib/engine.js";

export const dynamic = "force-dynamic";

export default async function Page() {
  const { databases } = await getEngine();
  const listed = await databases.list();
  const tenants = listed.isOk() ? listed.value.filter(({ reserved }) => !reserved) : [];
  return (
    <main>
      <h1>Tenants</h1>
      <ul>
        {tenants.map(({ name, sizeBytes }) => (
          <li key={name}>
            {name}: {Math.ceil(sizeBytes / 1024)} KiB
          </li>
        ))}
      </ul>
    </main>
  );
}
