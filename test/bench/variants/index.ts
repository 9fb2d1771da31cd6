// The variants by name. A new one is added here and nowhere else.
import type { VariantFactory } from "../variant.js";
import { openBetterVariant } from "./better-sqlite3-variant.js";
import { openEngineVariant } from "./engine-variant.js";
import { openRawVariant } from "./raw-sqlite3-variant.js";

/** All variants. */
export const variants = {
  raw: openRawVariant,
  better: openBetterVariant("full"),
  "better, NORMAL": openBetterVariant("normal"),
  engine: openEngineVariant,
} as const satisfies Record<string, VariantFactory>;

export type VariantName = keyof typeof variants;

/** In the order of the report. */
export const variantNames = Object.keys(variants) as readonly VariantName[];

/** What the others are compared with. */
export const baseline = "raw" satisfies VariantName;

// Who takes part. NORMAL differs in writes alone; a fleet and accounts by hand exist once.
export const withNormal: readonly VariantName[] = ["raw", "better", "better, NORMAL", "engine"];
export const inProcess: readonly VariantName[] = ["raw", "better", "engine"];
export const rawAndEngine: readonly VariantName[] = ["raw", "engine"];
export const engineOnly: readonly VariantName[] = ["engine"];
