// What concerns the whole server.
import type { ClientScope } from "./client-scope.js";
import { CollectionSettings } from "./collection-settings.js";
import { DatabaseSettings } from "./database-settings.js";
import { RuleSettings } from "./rule-settings.js";

/** What concerns the whole server. For superusers. */
export class Settings {
  /** Which databases there are. */
  readonly databases: DatabaseSettings;
  /** The schema that all databases share. */
  readonly collections: CollectionSettings;
  /** Rules over whole databases. */
  readonly rules: RuleSettings;

  /** @internal */
  constructor(scope: ClientScope) {
    this.databases = new DatabaseSettings(scope);
    this.collections = new CollectionSettings(scope);
    this.rules = new RuleSettings(scope);
  }
}
