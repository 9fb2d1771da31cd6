// What the child of killed-sets.test.ts is told, and what it says.
export interface SetInput {
  readonly dataDir: string;
  readonly seed: number;
}

export type SetMessage =
  | {
      /** What the first backup of all after a crash came to, held against what the databases hold. */
      readonly kind: "checked";
      readonly unchanged: number;
      readonly problems: readonly string[];
    }
  | { readonly kind: "written"; readonly database: string; readonly value: number };
