// What the child of litestream.test.ts is told, and what it says.
export interface LitestreamInput {
  readonly dataDir: string;
  readonly names: readonly string[];
}

export type LitestreamMessage =
  | { readonly kind: "ready"; readonly config: string }
  /** A write was acknowledged, at a moment of this machine's clock. */
  | { readonly kind: "written"; readonly database: string; readonly number: number; readonly at: number };
