// How much a caller may ask for, in one place. Every limit is on by default and settable when the engine opens.

/** All limits of the engine. Lengths are in characters, sizes in bytes, times in milliseconds. */
export interface EngineLimits {
  /** Characters of one filter or rule. Default 3,500. */
  readonly expressionLength: number;
  /** Comparisons in one filter or rule. Default 200. */
  readonly expressionComparisons: number;
  /** Nested parentheses and negations in one filter or rule. Default 20. */
  readonly expressionNesting: number;
  /** Values in one IN list. Default 500. */
  readonly inListLength: number;
  /** Keys of one sort. Default 8. */
  readonly sortKeys: number;
  /** Relations followed one after the other, in `expand` and in paths. Default 6. */
  readonly expandDepth: number;
  /** Records of one page. Default 1,000. */
  readonly perPage: number;
  /** Rows of one `createMany`. Default 50,000: they are validated in memory and written in one transaction. */
  readonly createManyRows: number;
  /**
   * Characters of questions whose totals are remembered, so that lists need not count: filters and rules as SQL, with their
   * values, in all databases. Default 8,000,000, some thousands of questions in less than 20 MB; 0: every list counts.
   */
  readonly rememberedTotals: number;
  /** Bytes of one request body over HTTP. Default 1 MiB. */
  readonly bodyBytes: number;
  /** How long one query of a read may run. Default 10,000 ms: it holds one of the few threads that all databases share. */
  readonly queryMs: number;
  /** How long one transaction may take. Default 30,000 ms: all other writers of its database wait for it. */
  readonly transactionMs: number;
  /** How long a call waits for its turn on a busy database or a place among the open ones. Default 30,000 ms. */
  readonly waitMs: number;
  /** Wrong passwords for one account from one address within `loginWindowMs`; then `rate_limited`. Default 10. */
  readonly loginFailures: number;
  /** From the first wrong password until they are forgotten. Default 900,000 ms (15 minutes). */
  readonly loginWindowMs: number;
}

export const defaultLimits: EngineLimits = {
  expressionLength: 3_500,
  expressionComparisons: 200,
  expressionNesting: 20,
  inListLength: 500,
  sortKeys: 8,
  expandDepth: 6,
  perPage: 1_000,
  createManyRows: 50_000,
  rememberedTotals: 8_000_000,
  bodyBytes: 1_048_576,
  queryMs: 10_000,
  transactionMs: 30_000,
  waitMs: 30_000,
  loginFailures: 10,
  loginWindowMs: 900_000,
};
