// Where the API's own paths begin, under whatever prefix it is mounted.

/** Path and query of a request's target. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

/** Splits a target at its question mark. */
export function splitTarget(target: string): Target {
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The path below the base path, undefined where the request is for somebody else. */
export function belowBase(path: string, basePath: string): string | undefined {
  if (basePath === "") return path;
  if (!path.startsWith(basePath)) return undefined;
  const rest = path.slice(basePath.length);
  if (rest === "") return "/";
  return rest.startsWith("/") ? rest : undefined;
}
