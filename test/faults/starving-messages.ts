// What starving-child.ts is told and says.

export interface StarvingInput {
  readonly dataDir: string;
  readonly databases: number;
  /** Descriptors that the app leaves to the engine, beside those that it holds already. */
  readonly spare: number;
  /** The control: the storage may not ask for idle databases to be closed. */
  readonly isUnrelieved?: boolean;
}

export type StarvingMessage = {
  readonly kind: "served";
  /** Code of each call's refusal; "ok" for the others. */
  readonly outcomes: readonly string[];
  /** Databases that were closed because there were no descriptors. */
  readonly closedForHandles: number;
};
