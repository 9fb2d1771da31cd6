// The variants by name. A new one is added here and nowhere else.
import type { VariantFactory } from "../variant.js";
import { openEngineVariant } from "./engine-variant.js";
import { openRawVariant } from "./raw-sqlite3-variant.js";

/** All variants. */
export const variants = { raw: openRawVariant, engine: openEngineVariant } as const satisfies Record<
  string,
  VariantFactory
>;

export type VariantName = keyof typeof variants;

/** In the order of the report. */
export const variantNames = Object.keys(variants) as readonly VariantName[];

/** What the others are compared with. */
export const baseline = "raw" satisfies VariantName;
