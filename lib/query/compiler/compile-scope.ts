// What the parts of the compiler share while they work on one expression.
import type { StoreDialect } from "../../storage/store-dialect.js";
import type { Span } from "../language/expression.js";
import { ExpressionRefusal, shown, type ExpressionSource } from "../language/expression-refusal.js";
import { AliasSource, type FieldResolver, type ResolvedPath } from "./field-resolver.js";
import type { PathSegment } from "../language/expression.js";

// Each makes a join that the store must plan: 100 of them compile in some milliseconds.
const maxHopsInAll = 100;

/** One compilation. */
export class CompileScope {
  readonly source: ExpressionSource;
  readonly dialect: StoreDialect;
  /** Values of the placeholders; only their shapes get into the SQL. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly maxListLength: number;
  readonly aliases = new AliasSource();
  readonly #resolver: FieldResolver;
  #hops = 0;

  constructor(
    source: ExpressionSource,
    resolver: FieldResolver,
    dialect: StoreDialect,
    parameters: Readonly<Record<string, unknown>>,
    maxListLength: number,
  ) {
    this.source = source;
    this.dialect = dialect;
    this.parameters = parameters;
    this.maxListLength = maxListLength;
    this.#resolver = resolver;
  }

  /** What a path means, while the whole expression stays below its limit of relations. */
  resolve(path: readonly PathSegment[]): ResolvedPath {
    const resolved = this.#resolver.resolve(path, this.aliases);
    this.#hops += resolved.hops;
    if (this.#hops <= maxHopsInAll) return resolved;
    const message = `an expression follows at most ${maxHopsInAll} relations in all`;
    throw new ExpressionRefusal((path[0] as PathSegment).position, message);
  }

  /** A part of the expression as a message shows it. */
  show({ position, end }: Span): string {
    return shown(this.source.text.slice(position, end));
  }
}
