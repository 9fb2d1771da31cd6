// What fleet-child.ts is told and says.

export interface FleetInput {
  readonly dataDir: string;
  readonly databases: number;
  readonly rounds: number;
  readonly maxOpenDatabases: number;
  readonly seed: number;
}

export type FleetMessage =
  | { readonly kind: "created" }
  | {
      readonly kind: "served";
      readonly wrong: readonly string[];
      /** The most at any opening of a file. */
      readonly mostDescriptors: number;
      /** Different database files, at any opening of one. */
      readonly mostOpen: number;
      /** Descriptors after `close`. */
      readonly leftOpen: number;
    };
