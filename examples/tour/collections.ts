// The collections of the tour: what every tenant's database has, and what one record of each looks like.
import type { CollectionDefinition } from "tenant-engine";

/** A record of `directors`. */
export interface Director {
  readonly name: string;
}

/** A record of `films`. `director` is the id of a record of `directors` in the same database. */
export interface Film {
  readonly title: string;
  readonly released: string;
  readonly genre: string | null;
  readonly director: string | null;
  readonly rating: number | null;
  readonly votes: number | null;
}

/** A record of `cars`. */
export interface Car {
  readonly name: string;
  readonly origin: "USA" | "Europe" | "Japan";
  readonly year: string;
  readonly horsepower: number | null;
  readonly milesPerGallon: number | null;
}

/** The definitions, in an order in which relations find their target. */
export const definitions: readonly CollectionDefinition[] = [
  { name: "directors", fields: [{ name: "name", type: "text", required: true, unique: true }] },
  {
    name: "films",
    softDelete: true,
    fields: [
      { name: "title", type: "text", required: true },
      { name: "released", type: "date" },
      { name: "genre", type: "text" },
      { name: "director", type: "relation", collection: "directors" },
      { name: "rating", type: "number", min: 0, max: 10 },
      { name: "votes", type: "number", integer: true },
    ],
    indexes: [{ fields: ["rating"] }],
  },
  {
    name: "cars",
    fields: [
      { name: "name", type: "text", required: true },
      { name: "origin", type: "select", options: ["USA", "Europe", "Japan"] },
      { name: "year", type: "date" },
      { name: "horsepower", type: "number" },
      { name: "milesPerGallon", type: "number" },
    ],
  },
];
