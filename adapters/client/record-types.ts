// Records as they travel. Copied from the engine's own types by hand, because a browser gets nothing of the engine; a test
// holds the two together.

/** What the server sets in every record. */
export interface SystemFields {
  /** Time-ordered; 32 characters of [0-9a-f]. */
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly created: string;
  /** RFC 3339, UTC, milliseconds; later after every change. */
  readonly updated: string;
  /** Only in collections with softDelete; null while the record is live. */
  readonly deleted?: string | null;
}

/** A record as it is read: your fields, the system's, its collection, and what was expanded. */
export type RecordOf<Fields extends object = Record<string, unknown>> = Fields &
  SystemFields & {
    readonly collectionId: string;
    readonly collectionName: string;
    /** Related records by field, when `expand` asked for them. */
    readonly expand?: Readonly<Record<string, unknown>>;
  };

/** What a write takes: your fields, as many as you like (the collection says which are required); any object where no type was given. */
export type RecordInput<Fields extends object> = string extends keyof Fields ? object : Partial<Fields>;

/** One page of a list. */
export interface RecordPage<Item> {
  readonly page: number;
  readonly perPage: number;
  /** Records that the filter selects, on all pages; -1 with skipTotal. */
  readonly totalItems: number;
  /** -1 with skipTotal. */
  readonly totalPages: number;
  readonly items: Item[];
  /** Only when `cursor` was given: the cursor of the next page, null after the last. */
  readonly nextCursor?: string | null;
}
