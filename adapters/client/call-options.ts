// The options of a call: known names only. A misspelt `filter` that were ignored would list everything.
import { refusal } from "./client-error.js";

/** Options of every call. */
export interface CallOptions {
  /**
   * Headers of this call alone; names in any letter case. They win over the client's own: `{ "x-dbname": "shared" }` asks
   * another database once.
   */
  readonly headers?: Readonly<Record<string, string>> | Headers | undefined;
  /** Ends the call; its promise then rejects with the code `aborted`. What the server has begun it may finish. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call; then `timed_out`. Default: the client's own `timeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

/** Every option of a kind, by name; the compiler asks for all of them. */
export type OptionNames<Options extends object> = Readonly<Record<keyof Options & string, true>>;

/** The names of {@link CallOptions}. */
export const callOptionNames = {
  headers: true,
  signal: true,
  timeoutMs: true,
} as const satisfies OptionNames<CallOptions>;

/** The options without those that are undefined. Throws `request_invalid` for an unknown name, or when it is no object. */
export function readOptions<Options extends object>(options: Options, names: OptionNames<Options>): Options {
  // Untyped callers pass anything.
  const given: unknown = options;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw refusal("request_invalid", "Options are an object of names and values.");
  }
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name] of entries) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names).join(", ");
    throw refusal("request_invalid", `There is no option "${name.slice(0, 80)}" here; the options are ${known}.`);
  }
  return Object.fromEntries(entries) as Options;
}

/** The part of a call's options that is not about what is asked. */
export function callOptionsOf({ headers, signal, timeoutMs }: CallOptions): CallOptions {
  return { headers, signal, timeoutMs };
}
