// How much is measured. Mostly counts, not durations: every variant works on databases of the same size.
import type { Enough } from "./timing.js";

/** The sizes of one run. */
export interface Scale {
  readonly name: "full" | "quick";
  /** Measured rounds. */
  readonly rounds: number;
  /** Whether a round that is not counted goes before them. */
  readonly warmsUp: boolean;
  /** Records of the database that reads go to. */
  readonly records: number;
  /** Records of the databases whose lists are compared by size. */
  readonly sizes: readonly number[];
  /** How much is one measurement of reads, which leave a database as it is. */
  readonly enough: { readonly getOne: Enough; readonly slowList: Enough; readonly fastList: Enough };
  /** Lists of different filters, of which every hundredth call is a write. */
  readonly listsBesideWrites: number;
  /** Calls in one measurement of creates, by few callers and by hundreds. */
  readonly creates: { readonly few: number; readonly many: number };
  /** Rows of one createMany. */
  readonly createManyRows: number;
  /** Collections of a wide database, and how many such databases are made in one measurement. */
  readonly wide: { readonly collections: number; readonly databases: number };
  /** Databases of the fleets: what is little, what all variants can have, and what is much. */
  readonly fleets: { readonly few: number; readonly some: number; readonly many: number };
  /** Databases opened in one measurement of cold opens. */
  readonly coldOpens: number;
  /** Engines opened, and schemas changed, in one measurement. */
  readonly opens: number;
  /** Reads at random over a fleet, in one measurement of each number of tenants. */
  readonly spread: { readonly tenants: readonly number[]; readonly reads: number };
  /** Passes over all of many databases while the memory is watched. */
  readonly memoryPasses: number;
  /** Slow lists at the same time, and the reads of another tenant beside them; it ends after `ms`, too. */
  readonly flood: { readonly callers: number; readonly reads: number; readonly ms: number };
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
  // Code is compiled, pages are in memory.
  warmsUp: true,
  // A size at which counting costs more than reading a page, as with real tenants.
  records: 20_000,
  sizes: [1_000, 10_000, 100_000],
  // Each some tenths of a second: long against the timer and the collector, short against the drift of a machine.
  enough: { getOne: { calls: 2_000, ms: 200 }, slowList: { calls: 40 }, fastList: { calls: 64, ms: 200 } },
  // Six writes, and two seconds where each list counts anew.
  listsBesideWrites: 600,
  creates: { few: 640, many: 2_000 },
  createManyRows: 10_000,
  wide: { collections: 20, databases: 30 },
  fleets: { few: 10, some: 1_000, many: 10_000 },
  // Below the engine's default cap of open databases: none is closed while the clock runs. Leaves two above the 99th
  // percentile.
  coldOpens: 200,
  opens: 3,
  spread: { tenants: [10, 100, 1_000, 10_000], reads: 500 },
  memoryPasses: 3,
  // 500 reads leave five above their 99th percentile. Where a read waits for all lists, a handful say so.
  flood: { callers: 100, reads: 500, ms: 2_000 },
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
  warmsUp: false,
  records: 200,
  sizes: [20, 40],
  enough: { getOne: { calls: 64 }, slowList: { calls: 4 }, fastList: { calls: 64 } },
  listsBesideWrites: 200,
  creates: { few: 64, many: 500 },
  createManyRows: 100,
  wide: { collections: 20, databases: 2 },
  fleets: { few: 2, some: 8, many: 16 },
  coldOpens: 4,
  opens: 1,
  spread: { tenants: [2, 16], reads: 16 },
  memoryPasses: 3,
  flood: { callers: 4, reads: 8, ms: 200 },
  logins: { callers: 4, least: 4, reads: 8 },
  backups: { least: 1, writes: 8 },
};
