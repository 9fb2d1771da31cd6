// What the operations on databases share: the store of files, the open ones, the schema, the register. Data only;
// each operation stands in its own file.
import type { Clock } from "../base/clock.js";
import type { IdGenerator } from "../base/ids.js";
import type { EngineLimits } from "../base/limits.js";
import type { Logger } from "../base/logger.js";
import type { LimitFunction } from "p-limit";
import type { Storage } from "../storage/storage.js";
import type { DatabasePool } from "./open/database-pool.js";
import type { DatabaseRegister } from "./register/database-register.js";
import type { DatabaseRules } from "./rules/database-rules.js";
import type { OpenDatabase } from "./open/open-database.js";
import type { SchemaHistory } from "./schema-history.js";

export interface Fleet {
  readonly storage: Storage;
  readonly pool: DatabasePool<OpenDatabase>;
  /** Databases that are opened without being brought to the newest schema. */
  readonly asFound: Set<string>;
  readonly schema: SchemaHistory;
  readonly register: DatabaseRegister;
  readonly rules: DatabaseRules;
  /** Schema changes run one after the other: each is planned against the outcome of the last. */
  readonly schemaTurn: LimitFunction;
  readonly clock: Clock;
  readonly newId: IdGenerator;
  readonly logger: Logger;
  readonly limits: EngineLimits;
}
