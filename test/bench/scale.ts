// How much is measured. Counts, not durations: every variant works on databases of the same size.

/** The sizes of one run. */
export interface Scale {
  readonly name: "full" | "quick";
  /** Measured rounds; a warm-up round before them is not counted. */
  readonly rounds: number;
  /** Records of the database that reads go to. */
  readonly records: number;
  /** Calls in one measurement. */
  readonly calls: { readonly getOne: number; readonly getList: number; readonly create: number };
  /** Rows of one createMany, and how many such calls are one measurement. */
  readonly createMany: { readonly rows: number; readonly calls: number };
  /** Databases that a schema change reaches. */
  readonly databases: number;
  /** Databases opened in one measurement of cold opens. */
  readonly coldOpens: number;
  /** Logins at the same time, and how many must have ended, and how many reads beside them, before it is enough. */
  readonly logins: { readonly callers: number; readonly least: number; readonly reads: number };
  /** Backups that must have ended, and how many writes beside them, before it is enough. */
  readonly backups: { readonly least: number; readonly writes: number };
}

/** What `npm run bench` measures. */
export const fullScale: Scale = {
  name: "full",
  // The least odd number whose median is not moved by two disturbed rounds.
  rounds: 5,
  // A size at which counting costs more than reading a page, as with real tenants.
  records: 20_000,
  // Each some tenths of a second: long against the timer and the collector, short against the drift of a machine.
  calls: { getOne: 5_000, getList: 100, create: 640 },
  createMany: { rows: 1_000, calls: 5 },
  databases: 1_000,
  // Below the engine's default cap of open databases: none is closed while the clock runs.
  coldOpens: 200,
  // Twice round for everybody. With four hashes at once a read takes over ten milliseconds: 400 are some seconds, and
  // leave four above their 99th percentile.
  logins: { callers: 32, least: 64, reads: 400 },
  // As many writes as leave four above their 99th percentile, over several backups.
  backups: { least: 5, writes: 400 },
};

/** Every measurement once with little in it: shows that all of them run, and nothing about speed. */
export const quickScale: Scale = {
  name: "quick",
  rounds: 1,
  records: 200,
  calls: { getOne: 64, getList: 4, create: 64 },
  createMany: { rows: 100, calls: 1 },
  databases: 8,
  coldOpens: 8,
  logins: { callers: 4, least: 4, reads: 8 },
  backups: { least: 1, writes: 8 },
};
