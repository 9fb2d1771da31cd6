// Which backup holds a database as it is now. Only what is known for sure: whoever is not remembered is copied again.
import { createAjv } from "../../base/json-schema.js";
import type { Storage, StoreFootprint } from "../../storage/storage.js";
import type { LocalNotes } from "../local-notes.js";

/** The last backup of a database in this data directory. */
export interface RememberedBackup {
  readonly backup: string;
  /** The database's random id: another may have its name by now. */
  readonly databaseId: string;
}

interface Memory extends RememberedBackup {
  /** The footprint from before the copy: whatever was written since then shows in a later one. */
  readonly inRun: string | null;
  readonly atRest: string | null;
}

const note = "backups";
const text = { type: ["string", "null"] };
const schema = {
  type: "object",
  additionalProperties: {
    type: "object",
    properties: { backup: { type: "string" }, databaseId: { type: "string" }, atRest: text },
    required: ["backup", "databaseId", "atRest"],
  },
};

export class BackupMemory {
  readonly #notes: LocalNotes;
  readonly #storage: Storage;
  #loading: Promise<Map<string, Memory>> | undefined;
  #isUsed = false;

  constructor(notes: LocalNotes, storage: Storage) {
    this.#notes = notes;
    this.#storage = storage;
  }

  /** A backup was made of the database as it was at the footprint. */
  async remember(name: string, made: RememberedBackup, { inRun, atRest }: StoreFootprint): Promise<void> {
    this.#isUsed = true;
    (await this.#memories()).set(name, { ...made, inRun, atRest });
  }

  /** The backup that holds the database as it is at the footprint. */
  async recall(name: string, now: StoreFootprint): Promise<RememberedBackup | undefined> {
    const memories = await this.#memories();
    const known = memories.get(name);
    if (known === undefined) return undefined;
    if (known.inRun === now.inRun) return known;
    const isAsLeft = known.atRest !== null && (known.atRest === now.asFound || known.atRest === now.atRest);
    if (!isAsLeft) return undefined;
    // From now on this run itself sees every write.
    memories.set(name, { ...known, inRun: now.inRun });
    return known;
  }

  /** Keeps for the next run what that can tell by the files alone. */
  async save(): Promise<void> {
    if (!this.#isUsed) return;
    const memories = await this.#memories();
    const kept: Record<string, Omit<Memory, "inRun">> = {};
    for (const [name, { backup, databaseId, inRun, atRest }] of memories) {
      const now = await this.#storage.footprint(name);
      const found = now.isOk() ? now.value : null;
      // A database that was open with a log when it was copied has other files once it is closed.
      kept[name] = { backup, databaseId, atRest: found?.inRun === inRun ? (found.atRest ?? atRest) : atRest };
    }
    await this.#notes.write(note, kept);
  }

  #memories(): Promise<Map<string, Memory>> {
    return (this.#loading ??= this.#load());
  }

  async #load(): Promise<Map<string, Memory>> {
    const noted = await this.#notes.read(note);
    if (noted === undefined || !createAjv().compile(schema)(noted)) return new Map();
    const entries = Object.entries(noted as Record<string, Omit<Memory, "inRun">>);
    return new Map(entries.map(([name, memory]) => [name, { ...memory, inRun: null }]));
  }
}
