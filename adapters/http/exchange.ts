// A request and its answer as plain values. Whoever carries them, Node or the web, stays outside; no class of either
// comes in here.

/** All values of a header that were sent, in order; none gives an empty list. The web face sees several as one. */
export interface HeaderList {
  /** So many were sent that the last ones may not be among these. */
  readonly isCut: boolean;
  /** @param name - in lower case. */
  values(name: string): readonly string[];
}

/** What reading a body came to. */
export type BodyBytes =
  { readonly kind: "bytes"; readonly bytes: Uint8Array } | { readonly kind: "too_large" | "too_slow" | "aborted" };

export interface BodyLimits {
  readonly limitBytes: number;
  /** How long the whole body may take to arrive, ms. */
  readonly timeoutMs: number;
}

/** A body still to be read, or what a parser in front of the handler has made of it. */
export type BodySource =
  | { readonly kind: "unread"; read(limits: BodyLimits): Promise<BodyBytes> }
  | { readonly kind: "parsed"; readonly value: unknown };

/** A request, wherever the API is mounted. */
export interface HttpRequest {
  readonly method: string;
  /** Below the API's base path, percent-encoded as it was sent, with the slash in front. */
  readonly path: string;
  /** Behind the question mark, without it. */
  readonly query: string;
  readonly headers: HeaderList;
  readonly body: BodySource;
  /** The other end of the connection, where the face can see it. */
  readonly address: string | undefined;
  /** Whether nobody waits for the answer any more. */
  readonly isAborted: () => boolean;
  /** The framework's own request, for the callbacks of the app. */
  readonly source: unknown;
}

/** Bytes that are sent as they come. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** Name and value. One name may come several times. */
export type Header = readonly [name: string, value: string];

export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  /** null for an answer without a body. */
  readonly body: string | Uint8Array | ByteStream | null;
}
