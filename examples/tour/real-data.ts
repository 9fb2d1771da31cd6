// Real films and cars out of the npm package vega-datasets, in the shape of the tour's collections.
import { readFile } from "node:fs/promises";
import type { Car, Film } from "./collections.js";

/** A film before its director has a record: the name stands for it. */
export type FilmRow = Omit<Film, "director"> & { readonly directorName: string | null };

/** The part of a line of movies.json that the tour uses. A few titles (such as 300) are numbers there. */
interface MovieLine {
  readonly Title: string | number | null;
  readonly "Release Date": string;
  readonly "Major Genre": string | null;
  readonly Director: string | null;
  readonly "IMDB Rating": number | null;
  readonly "IMDB Votes": number | null;
}

interface CarLine {
  readonly Name: string;
  readonly Origin: Car["origin"];
  readonly Year: string;
  readonly Horsepower: number | null;
  readonly Miles_per_Gallon: number | null;
}

/** All films that have a title. */
export async function readFilms(): Promise<readonly FilmRow[]> {
  const lines = (await readJson("movies.json")) as readonly MovieLine[];
  return lines
    .filter((line) => line.Title !== null)
    .map((line) => ({
      title: String(line.Title),
      // Written as "Jun 12 1998"; "UTC" keeps the day from moving with the machine's zone.
      released: new Date(`${line["Release Date"]} UTC`).toISOString().slice(0, 10),
      genre: line["Major Genre"],
      directorName: line.Director,
      rating: line["IMDB Rating"],
      votes: line["IMDB Votes"],
    }));
}

/** All cars. */
export async function readCars(): Promise<readonly Car[]> {
  const lines = (await readJson("cars.json")) as readonly CarLine[];
  return lines.map((line) => ({
    name: line.Name,
    origin: line.Origin,
    year: line.Year,
    horsepower: line.Horsepower,
    milesPerGallon: line.Miles_per_Gallon,
  }));
}

async function readJson(name: string): Promise<unknown> {
  const entry = import.meta.resolve("vega-datasets");
  return JSON.parse(await readFile(new URL(`../data/${name}`, entry), "utf8"));
}
