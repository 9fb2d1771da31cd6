// What http-child.ts is told and says, and what it tells of itself when it is asked over its second port.
import type { FaceName } from "../support/http-faces.js";

export interface HttpInput {
  readonly dataDir: string;
  /** How the API is mounted; `careless` for a server that does everything wrong that the test looks for. */
  readonly mounting: FaceName | "careless";
  /** How long a body may take to arrive. */
  readonly bodyTimeoutMs: number;
}

export interface HttpMessage {
  readonly kind: "listening";
  readonly port: number;
  /** Answers at `/state` with the {@link ServerState}; at `/turns` with the {@link ServerTurns} since it was asked before. */
  readonly statePort: number;
  /** Of a user of `client1`. */
  readonly token: string;
  /** A record of his that stays. */
  readonly noteId: string;
}

/** How long others have to wait at most. */
export interface ServerTurns {
  /** The longest turn of the event loop, in ms on the processor: what else the machine does is not in it. */
  readonly longestMs: number;
}

/** What a server says of itself. */
export interface ServerState {
  /** Of live objects: garbage was collected first. */
  readonly heapBytes: number;
  /** Rejections and errors that nobody handled. */
  readonly unhandled: readonly string[];
  /** Own keys that `Object.prototype` and `Array.prototype` should not have. */
  readonly strangeKeys: readonly string[];
  /** Open connections to the API. */
  readonly connections: number;
}
