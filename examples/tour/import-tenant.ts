// Fills one tenant's database: directors first, then films that refer to them, then cars.
import type { Database } from "tenant-engine";
import type { Car, Director, Film } from "./collections.js";
import { progressLine, valueOf } from "./narration.js";
import type { FilmRow } from "./real-data.js";

/** Imports all rows. Each collection goes in one transaction: all of its rows or none. */
export async function importTenant(db: Database, films: readonly FilmRow[], cars: readonly Car[]): Promise<void> {
  const names = new Set(films.flatMap(({ directorName }) => directorName ?? []));
  const directors = await valueOf(
    db.collection<Director>("directors").createMany(
      [...names].map((name) => ({ name })),
      { onProgress: progressLine(`${db.name}, directors`) },
    ),
  );
  const idOf = new Map(directors.map(({ id, name }) => [name, id]));
  const filmRows = films.map(({ directorName, ...film }) => ({
    ...film,
    director: directorName === null ? null : (idOf.get(directorName) ?? null),
  }));
  await valueOf(db.collection<Film>("films").createMany(filmRows, { onProgress: progressLine(`${db.name}, films`) }));
  await valueOf(db.collection<Car>("cars").createMany(cars, { onProgress: progressLine(`${db.name}, cars`) }));
}
