// The engine's collections of the measured records.
import type { CollectionDefinition } from "../../../lib/index.js";

export const posts: CollectionDefinition = {
  name: "posts",
  type: "base",
  fields: [
    { name: "title", type: "text", required: true },
    { name: "body", type: "text" },
    { name: "author", type: "text" },
    { name: "category", type: "text" },
    { name: "views", type: "number" },
    { name: "published", type: "bool" },
  ],
  indexes: [{ fields: ["category"] }],
  // For users alone: trusted handles know no rules.
  viewRule: "author = @request.auth.email",
  listRule: "author = @request.auth.email",
};

export const tickets: CollectionDefinition = {
  name: "tickets",
  type: "base",
  fields: [
    { name: "code", type: "text", unique: true },
    { name: "title", type: "text" },
  ],
};
