// /backups: copies of databases, to be made, taken elsewhere, restored and removed.
import { err, type BackupDownload } from "../../../lib/index.js";
import { emptyAnswer, valueAnswer } from "../answer/answers.js";
import type { HttpAnswer } from "../exchange.js";
import { bodyTexts, optionalBodyTexts } from "./body-object.js";
import { noQuery, route, type Route } from "./route.js";

const contentType = "application/octet-stream";

const listQuery = {
  database: { kind: "text", description: "Only backups of the database that has, or had, this name." },
} as const;

export const backupRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/backups",
    access: "superuser",
    query: listQuery,
    description: {
      summary: "All backups, by database, oldest first",
      answer: { status: 200, schema: "BackupList" },
      errors: ["database_name_invalid"],
    },
    run: async ({ engine, query }) => (await engine.backups.list(query.database)).map((list) => valueAnswer(200, list)),
  }),
  route({
    method: "POST",
    path: "/backups",
    access: "superuser",
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Makes a backup of one database while it is in use",
      body: "BackupInput",
      answer: { status: 201, schema: "Backup" },
      errors: ["database_name_invalid", "database_not_found", "database_corrupt", "storage_full"],
    },
    run: async (call) => {
      const wanted = await bodyTexts(call, ["database"]);
      if (wanted.isErr()) return err(wanted.error);
      return (await call.engine.backups.create(wanted.value.database)).map((made) => valueAnswer(201, made));
    },
  }),
  route({
    method: "GET",
    path: "/backups/:id",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "The backup's bytes as they are kept: compressed and encrypted as they are",
      answer: { status: 200, schema: "BackupContent", mediaType: contentType },
      errors: ["backup_not_found", "database_corrupt"],
    },
    run: async ({ engine, params }) => (await engine.backups.download(params.id)).map(downloadAnswer),
  }),
  route({
    method: "POST",
    path: "/backups/:id/restore",
    access: "superuser",
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Puts the backup in the place of its database, or makes a new database of it",
      body: "RestoreInput",
      answer: { status: 200, schema: "RestoredBackup" },
      errors: [
        "backup_not_found",
        "database_corrupt",
        "conflict",
        "database_exists",
        "database_name_invalid",
        "database_reserved",
        "database_busy",
        "storage_full",
      ],
    },
    run: async (call) => {
      const options = await optionalBodyTexts(call, ["as"]);
      if (options.isErr()) return err(options.error);
      return (await call.engine.backups.restore(call.params.id, options.value)).map((done) => valueAnswer(200, done));
    },
  }),
  route({
    method: "DELETE",
    path: "/backups/:id",
    access: "superuser",
    query: noQuery,
    description: { summary: "Removes a backup for good", answer: { status: 204 }, errors: ["backup_not_found"] },
    run: async ({ engine, params }) => (await engine.backups.delete(params.id)).map(() => emptyAnswer),
  }),
];

/** With its length, so that a download that breaks off is noticed, and its hash (RFC 9530), so that it can be checked. */
function downloadAnswer({ id, sizeBytes, sha256, content }: BackupDownload): HttpAnswer {
  return {
    status: 200,
    headers: [
      ["content-type", contentType],
      ["content-length", String(sizeBytes)],
      // Ids are made of characters that need no quoting.
      ["content-disposition", `attachment; filename="${id}.backup"`],
      ["repr-digest", `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`],
      ["cache-control", "no-store"],
      ["x-content-type-options", "nosniff"],
    ],
    body: content,
  };
}
