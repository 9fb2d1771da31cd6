// What can be wrong with a request before the engine hears of it, beside the engine's own codes.
import type { EngineError } from "../../../lib/index.js";

/** Refusals that only HTTP knows, with their status. */
export const httpRefusals = {
  route_not_found: 404,
  method_not_allowed: 405,
  body_timeout: 408,
  target_too_long: 414,
  media_type_unsupported: 415,
} as const;

export type HttpRefusalCode = keyof typeof httpRefusals;

/** One of them. */
export class HttpRefusal {
  readonly code: HttpRefusalCode;
  readonly message: string;
  /** For 405: the methods that the path has. */
  readonly allow: readonly string[] | undefined;

  constructor(code: HttpRefusalCode, message: string, allow?: readonly string[]) {
    this.code = code;
    this.message = message;
    this.allow = allow;
  }
}

/** One request of a batch was refused, and with it all of them. */
export class BatchRefusal {
  /** Zero-based. */
  readonly index: number;
  readonly refusal: EngineError;

  constructor(index: number, refusal: EngineError) {
    this.index = index;
    this.refusal = refusal;
  }
}

/** Why a request was refused, by the engine or before it. */
export type Refusal = EngineError | HttpRefusal | BatchRefusal;
