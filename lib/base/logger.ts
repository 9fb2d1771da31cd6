// pino's call shape, so that an app passes its own logger. Silent unless one is given.

/** One log call: an object of facts, then a sentence. */
export type LogCall = (facts: object, message?: string) => void;

/** The part of pino's interface that the engine calls. */
export interface Logger {
  readonly debug: LogCall;
  readonly info: LogCall;
  readonly warn: LogCall;
  readonly error: LogCall;
}

const nothing: LogCall = () => undefined;

/** The default: says nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
