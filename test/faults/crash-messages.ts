// What crashing-child.ts is told and says.

export interface CrashingInput {
  readonly dataDir: string;
  readonly scenario: string;
  /** Dies before this call of the scenario, counted from 1; 0 for never. */
  readonly killAt: number;
  /** Breaks the engine on purpose, as a control. */
  readonly sabotage?: "transactions";
}

export type CrashingMessage =
  | { readonly kind: "started" }
  /** A write of this text was acknowledged. */
  | { readonly kind: "acknowledged"; readonly text: string }
  /** Nothing killed it; it made so many calls. */
  | { readonly kind: "finished"; readonly calls: number };
