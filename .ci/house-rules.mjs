// The floors of the house and the doors of its packages, said once; dependency-cruiser enforces both.
// Add a folder or a package here before it is imported anywhere: what is not listed is refused.

/**
 * From the ground up. A folder imports only from floors below its own; folders on one floor are blind to each other.
 * @type {readonly (readonly string[])[]}
 */
export const floors = [
  ["base"],
  ["storage"],
  ["schema"],
  ["query"],
  ["access"],
  ["records"],
  ["databases"],
  ["backup", "stats", "workflows"],
  ["engine"],
];

/**
 * Which files of `lib/` and `adapters/` may import a package (regular expressions over paths). One file where a package could be
 * replaced one day; folders where it is the language of the floor.
 * @type {Readonly<Record<string, string>>}
 */
export const doors = {
  sqlite3: "^lib/storage/sqlite/node-sqlite3-driver\\.ts$",
  neverthrow: "^lib/base/result\\.ts$",
  ajv: "^lib/base/json-schema\\.ts$",
  "ajv-formats": "^lib/base/json-schema\\.ts$",
  uuid: "^lib/base/ids\\.ts$",
  "@node-rs/argon2": "^lib/access/password-hash\\.ts$",
  jose: "^lib/access/token\\.ts$",
  "write-file-atomic": "^lib/(access/secret|backup/local-notes)\\.ts$",
  kysely: "^lib/(storage|query|schema|records|access|databases|backup)/",
  croner: "^lib/backup/schedule/cron-times\\.ts$",
  "@aws-sdk/client-s3": "^lib/backup/store/s3/",
  "lru-cache": "^(lib|adapters/http)/",
  "find-my-way": "^adapters/http/routes/route-table\\.ts$",
  "p-limit": "^lib/",
};
