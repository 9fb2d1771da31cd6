// The `fields` and `expand` options: text to trees. `fields: "id,title,expand.author.name"`, `expand: "author,comments.user"`.
import { EngineError } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";

/** Names to what is wanted below them. An empty tree below a name means all of it. */
export type PathTree = ReadonlyMap<string, PathTree>;

/** What `fields` and `expand` take: names with commas between them, or a list. */
export type PathList = string | readonly string[];

const nothing: PathTree = new Map();

// A page shows at most some hundred columns; longer lists are mistakes or attacks.
const mostPaths = 500;

/** Dotted paths as a tree. `request_invalid` for anything that is no list of dotted names. */
export function parsePaths(
  parameter: "fields" | "expand",
  paths: PathList,
  mostDeep: number,
): Result<PathTree, EngineError> {
  if (paths === "") return ok(nothing);
  const list: unknown = typeof paths === "string" ? paths.split(",") : paths;
  if (!Array.isArray(list) || !list.every((path) => typeof path === "string")) {
    return invalid(parameter, `${parameter} is a text of names with commas between them, or a list of names.`);
  }
  const names = list.map((path: string) => path.trim()).filter((path) => path !== "");
  if (names.length > mostPaths) return invalid(parameter, `${parameter} names more than ${mostPaths} paths.`);
  const root = new Map<string, PathTree>();
  for (const path of names) {
    const segments = path.split(".");
    if (segments.length > mostDeep) {
      return invalid(parameter, `${parameter}: "${path.slice(0, 80)}" is deeper than ${mostDeep} levels.`);
    }
    if (segments.includes("")) return invalid(parameter, `${parameter}: "${path.slice(0, 80)}" has an empty part.`);
    insertPath(root, segments);
  }
  return ok(root);
}

function insertPath(root: Map<string, PathTree>, segments: readonly string[]): void {
  let level = root;
  for (const segment of segments) {
    const known = level.get(segment) as Map<string, PathTree> | undefined;
    const next = known ?? new Map<string, PathTree>();
    level.set(segment, next);
    level = next;
  }
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
