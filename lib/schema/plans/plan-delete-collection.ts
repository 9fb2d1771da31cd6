// collections.delete: hides a collection everywhere and keeps its data. Pure.
import type { EngineError } from "../../base/errors.js";
import type { Result } from "../../base/result.js";
import type { Catalog } from "../catalog.js";
import { changeableCollection, planned, type SchemaPlan } from "./schema-plan.js";

/** Plans the hiding. `collection_not_found`; `collection_deleted` when it is hidden already; `database_reserved`. */
export const planDeleteCollection = (catalog: Catalog, name: unknown): Result<SchemaPlan, EngineError> =>
  changeableCollection(catalog, name).andThen(({ id }) => planned({ kind: "collection_deleted", id }));
