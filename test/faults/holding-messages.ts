// What holding-child.ts is told and says.

export interface HoldingInput {
  readonly dataDir: string;
}

export type HoldingMessage = { readonly kind: "tried"; readonly outcome: string } | { readonly kind: "closed" };
