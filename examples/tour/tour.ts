// The tour behind `npm start`: two tenants, the same collections, different real data in two files; then the same over
// HTTP until it is stopped. With --once it ends before that.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { TenantEngine, type Database } from "tenant-engine";
import { definitions, type Car, type Director, type Film } from "./collections.js";
import { importTenant } from "./import-tenant.js";
import { chapter, say, showRefusal, table, valueOf } from "./narration.js";
import { readCars, readFilms } from "./real-data.js";
import { serveOverHttp } from "./serve-over-http.js";
import { tourDirectory } from "./tour-directory.js";

async function tour(engine: TenantEngine): Promise<void> {
  chapter("One schema for everybody");
  for (const definition of definitions) {
    const made = await valueOf(engine.collections.create(definition));
    const own = made.fields.filter(({ system }) => !system).map(({ name, type }) => `${name} (${type})`);
    say(`collection ${made.name}: ${own.join(", ")}`);
  }

  chapter("Two tenants, each a file of its own");
  for (const name of ["archive-north", "archive-south"]) {
    const database = await valueOf(engine.databases.create({ name }));
    say(
      `database ${database.name} is there, with all three collections (schema version ${database.schemaVersion ?? "unknown"})`,
    );
  }
  const north = engine.db("archive-north");
  const south = engine.db("archive-south");

  chapter("Different data: films before 2000 and American cars in the north, the others in the south");
  const films = await readFilms();
  const cars = await readCars();
  const isNorthern = ({ released }: { readonly released: string }): boolean => released < "2000";
  await importTenant(
    north,
    films.filter(isNorthern),
    cars.filter(({ origin }) => origin === "USA"),
  );
  await importTenant(
    south,
    films.filter((film) => !isNorthern(film)),
    cars.filter(({ origin }) => origin !== "USA"),
  );

  chapter("The same question to both");
  await bestFilms(north);
  await bestFilms(south);
  await fastCars(south);

  await schemaChange(engine, north, south);
  await softDelete(north);
  await refusals(engine, north);
  await isolation(engine, north, south);
}

/** Filtered and sorted, with the total, and with the director beside each film. */
async function bestFilms(db: Database): Promise<void> {
  const page = await valueOf(
    db.collection<Film>("films").getList(1, 3, {
      filter: "rating >= 8 && votes > 50000 && director != null",
      sort: "-rating,title",
      expand: "director",
    }),
  );
  say(`${db.name}: ${page.totalItems} films rated 8 or better by more than 50,000; the first ${page.items.length}:`);
  table(
    page.items.map((film) => {
      const director = film.expand?.["director"] as Director | undefined;
      return [film.title, film.released, film.rating, director?.name ?? null];
    }),
  );
}

/** The values stand apart from the text, so nothing in them can change the question. */
async function fastCars(db: Database): Promise<void> {
  const wanted = { origins: ["Japan", "Europe"], power: 120, word: "%'; DROP TABLE cars" };
  const cars = db.collection<Car>("cars");
  const page = await valueOf(
    cars.getList(1, 3, { filter: ["origin IN {:origins} && horsepower >= {:power}", wanted], sort: "-horsepower" }),
  );
  say(
    `${db.name}: ${page.totalItems} cars of Japan or Europe with ${wanted.power} hp or more; the first ${page.items.length}:`,
  );
  table(page.items.map((car) => [car.name, car.origin, car.horsepower]));
  const none = await valueOf(cars.count(["name ~ {:word}", wanted]));
  say(`cars whose name contains ${wanted.word}: ${none}; it was a value and stayed one`);
}

async function schemaChange(engine: TenantEngine, north: Database, south: Database): Promise<void> {
  chapter("A schema change that both see at once");
  const fields = [{ name: "shelf", type: "text", default: "unsorted" }] as const;
  await valueOf(engine.collections.update("films", { fields }));
  say("films got a field shelf, with the default unsorted");
  for (const db of [north, south]) {
    const shelved = db.collection<Film & { readonly shelf: string }>("films");
    const film = await valueOf(shelved.getFirst("shelf = 'unsorted' && rating != null", { sort: "-rating,title" }));
    const moved = await valueOf(shelved.update(film.id, { shelf: "A1" }));
    const left = await valueOf(shelved.count("shelf = 'unsorted'"));
    say(`${db.name}: ${moved.title} stands on ${moved.shelf} now, ${left} films are still unsorted`);
  }
}

async function softDelete(db: Database): Promise<void> {
  chapter("A delete, undone");
  const films = db.collection<Film>("films");
  const film = await valueOf(films.getFirst("title = 'The Godfather'"));
  const before = await valueOf(films.count());
  await valueOf(films.delete(film.id));
  say(`${db.name}: ${before} films; ${film.title} deleted: ${await valueOf(films.count())}`);
  const back = await valueOf(films.undelete(film.id));
  say(`${back.title} brought back: ${await valueOf(films.count())}, with the same id ${back.id}`);
}

async function refusals(engine: TenantEngine, db: Database): Promise<void> {
  chapter("What is refused says why");
  const films = db.collection("films");
  await showRefusal("a film rated 11", "validation_failed", films.create({ title: "Too good", rating: 11 }));
  await showRefusal("a filter with a slip", "filter_invalid", films.getList(1, 10, { filter: "rating > 8 && (votes" }));
  const change = { fields: [{ name: "title", type: "number" }] } as const;
  await showRefusal("another type for title", "schema_append_only", engine.collections.update("films", change));
}

async function isolation(engine: TenantEngine, north: Database, south: Database): Promise<void> {
  chapter("Nothing crosses from one file to the other");
  const film = await valueOf(north.collection<Film>("films").getFirst("title = 'The Godfather'"));
  const there = south.collection("films").getOne(film.id);
  await showRefusal(`the id of ${film.title}, asked for in ${south.name}`, "record_not_found", there);
  const nowhere = engine.db("archive-west").collection("films").getList();
  await showRefusal("a tenant that nobody created", "database_not_found", nowhere);
}

async function files(directory: string): Promise<void> {
  chapter(`The files in ${directory}`);
  const names = (await readdir(directory)).filter((name) => name.endsWith(".db")).sort();
  const rows: (string | number)[][] = [];
  for (const name of names) rows.push([name, Math.ceil((await stat(join(directory, name))).size / 1024), "KiB"]);
  table(rows);
}

async function main(): Promise<void> {
  const directory = await tourDirectory();
  const engine = await valueOf(TenantEngine.open({ dataDir: directory }));
  console.log(`tenant-engine: a tour. The data are in ${engine.dataDir}`);
  try {
    await tour(engine);
  } finally {
    await valueOf(engine.close());
  }
  await files(directory);
  if (process.argv.includes("--once")) {
    say("The engine is closed; the files are yours to look into or to delete.");
    return;
  }
  chapter("The same over HTTP: the Express example on these files");
  process.exitCode = await serveOverHttp(directory);
}

try {
  await main();
} catch (thrown) {
  // The engine's errors have a code, and so have Node's (a DATA_DIR that is a file).
  if (!(thrown instanceof Error && "code" in thrown)) throw thrown;
  console.error(`${String(thrown.code)}: ${thrown.message}`);
  process.exitCode = 1;
}
