// Headers as Node received them, and whether it has dropped some.
import type { IncomingMessage } from "node:http";
import type { HeaderList } from "../exchange.js";

// Half of what Node keeps by default.
const mostHeaders = 1_000;

/**
 * Node drops the headers behind the 2,000th, or the server's `maxHeadersCount`-th, and says nothing: a gateway's `x-dbname`
 * that stands last would be overlooked.
 */
function mostHeadersOf({ socket }: IncomingMessage): number {
  const { server } = socket as { readonly server?: { readonly maxHeadersCount?: number | null } };
  return Math.min(mostHeaders, server?.maxHeadersCount || mostHeaders);
}

const none: readonly string[] = [];

/** Headers as they were sent. */
export class RawHeaders implements HeaderList {
  readonly isCut: boolean;
  /** Names and values in turn. */
  readonly #raw: readonly string[];

  constructor(request: IncomingMessage) {
    this.#raw = request.rawHeaders;
    this.isCut = this.#raw.length >= 2 * mostHeadersOf(request);
  }

  values(name: string): readonly string[] {
    const raw = this.#raw;
    let values: string[] | undefined;
    for (let at = 0; at < raw.length; at += 2) {
      const each = raw[at] as string;
      if (each.length !== name.length || (each !== name && each.toLowerCase() !== name)) continue;
      const value = raw[at + 1] as string;
      // A literal, as a list that is pushed to gets room for 17.
      if (values === undefined) values = [value];
      else values.push(value);
    }
    return values ?? none;
  }
}
