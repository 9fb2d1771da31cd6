// What filling-child.ts is told and says.

/** In the order in which their rows are told. */
export const filledDatabases = ["left", "right"] as const;

export interface FillingInput {
  readonly dataDir: string;
  /** `before commit` is the control: such a child lies, and must be caught. */
  readonly acknowledge: "after commit" | "before commit";
}

export type FillingMessage =
  | { readonly kind: "written"; readonly database: string; readonly rows: number }
  /** A write was refused for want of space; reading gave so many rows meanwhile. */
  | { readonly kind: "refused"; readonly code: string; readonly rows: Readonly<Record<string, number>> }
  /** After there was space again. */
  | {
      readonly kind: "resumed";
      readonly rows: Readonly<Record<string, number>>;
      readonly integrity: readonly string[];
    };
