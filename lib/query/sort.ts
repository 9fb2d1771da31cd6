// `-created,title` → what to order by. Always ends in the id, so that no two records tie and a cursor has a place.
import { sql, type RawBuilder } from "kysely";
import type { EngineError } from "../base/errors.js";
import { defaultLimits, type EngineLimits } from "../base/limits.js";
import type { Result } from "../base/result.js";
import type { PathSegment } from "./language/expression.js";
import { ExpressionRefusal, refusable, shown, type ExpressionSource } from "./language/expression-refusal.js";
import { AliasSource, type FieldResolver } from "./compiler/field-resolver.js";

/** One key of a sort. */
export interface SortKey {
  /** As it was written, without the sign. */
  readonly name: string;
  readonly isDescending: boolean;
  readonly value: RawBuilder<unknown>;
}

/** A compiled sort. Null comes first ascending, last descending. */
export interface Sort {
  /** Canonical: the same for every spelling of the same order. */
  readonly text: string;
  /** The last key is always the id. */
  readonly keys: readonly SortKey[];
  /** What follows ORDER BY. */
  readonly orderBy: RawBuilder<unknown>;
}

interface WrittenKey {
  readonly name: string;
  readonly position: number;
  readonly isDescending: boolean;
}

const writtenKey = /^(\s*)([-+]?)([A-Za-z_]\w*(?:\.\w+)*)\s*$/;

/**
 * The order that a sort stands for: keys by comma or one by one, `-` for descending; paths over single relations and
 * into json too. None or blank is `id`. `sort_invalid` with the character and the reason: unknown fields, lists, a
 * field that is there twice, more keys than the limit.
 */
export function compileSort(
  sort: string | readonly string[] | undefined,
  resolver: FieldResolver,
  limits: EngineLimits = defaultLimits,
): Result<Sort, EngineError> {
  const text = typeof sort === "string" ? sort : (sort ?? []).join(",");
  const source: ExpressionSource = { text, code: "sort_invalid" };
  return refusable(source, () => {
    const written = readKeys(text, limits);
    const aliases = new AliasSource();
    const keys = written.map((key) => compileKey(key, resolver, aliases));
    const words = keys.map(({ value, isDescending }) => sql`${value} ${isDescending ? sql`desc` : sql`asc`}`);
    const canonical = keys.map(({ name, isDescending }) => (isDescending ? `-${name}` : name)).join(",");
    return { text: canonical, keys, orderBy: sql`${sql.join(words)}` };
  });
}

function readKeys(text: string, { sortKeys, expressionLength }: EngineLimits): readonly WrittenKey[] {
  if (text.length > expressionLength) {
    throw new ExpressionRefusal(expressionLength, `a sort has at most ${expressionLength} characters`);
  }
  const keys: WrittenKey[] = [];
  let start = 0;
  for (const part of text.trim() === "" ? [] : text.split(",")) {
    const [, space = "", sign = "", name] = writtenKey.exec(part) ?? [];
    const position = start + space.length;
    if (name === undefined) {
      const message = `'${shown(part.trim())}' is no sort key; write a field, with - before it for descending`;
      throw new ExpressionRefusal(start + part.length - part.trimStart().length, message);
    }
    if (keys.length === sortKeys) throw new ExpressionRefusal(position, `a sort has at most ${sortKeys} keys`);
    if (keys.some((key) => key.name === name)) throw new ExpressionRefusal(position, `'${shown(name)}' is there twice`);
    keys.push({ name, position: position + sign.length, isDescending: sign === "-" });
    start += part.length + 1;
  }
  // Keys after the id would never be asked.
  const id = keys.findIndex(({ name }) => name === "id");
  return id < 0 ? [...keys, { name: "id", position: 0, isDescending: false }] : keys.slice(0, id + 1);
}

function compileKey(
  { name, position, isDescending }: WrittenKey,
  resolver: FieldResolver,
  aliases: AliasSource,
): SortKey {
  const path: PathSegment[] = [];
  for (const segment of name.split(".")) {
    const from = path.at(-1) === undefined ? position : (path.at(-1) as PathSegment).end + 1;
    path.push({ name: segment, position: from, end: from + segment.length });
  }
  const resolved = resolver.resolve(path, aliases);
  if (resolved.multiplicity === "single") return { name, isDescending, value: resolved.value };
  throw new ExpressionRefusal(position, `'${shown(name)}' is a list, which has no order`);
}
