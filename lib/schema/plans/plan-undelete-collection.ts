// collections.undelete: brings a hidden collection back as it was. Pure.
import type { EngineError } from "../../base/errors.js";
import { ok, type Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import { anyCollection, planned, type SchemaPlan } from "./schema-plan.js";

/** Plans the return; `unchanged` when the collection is live. `collection_not_found`; `database_reserved`. */
export const planUndeleteCollection = (catalog: Catalog, name: unknown): Result<SchemaPlan, EngineError> =>
  anyCollection(catalog, name).andThen((collection): Result<SchemaPlan, EngineError> =>
    collection.isDeleted
      ? planned({ kind: "collection_undeleted", id: collection.id })
      : ok({ kind: "unchanged", collection }),
  );
