// The grammar, by recursive descent. The depth of the recursion is bounded by the nesting limit.
import type { EngineLimits } from "../../base/limits.js";
import {
  macroNames,
  type Constant,
  type Expression,
  type MacroName,
  type Operand,
  type Operator,
} from "./expression.js";
import { ExpressionRefusal, shown, type ExpressionContext } from "./expression-refusal.js";
import { readTokens, type Token } from "./tokens.js";

const operators: Readonly<Record<string, Operator>> = {
  "=": "=",
  "!=": "!=",
  "<>": "!=",
  ">": ">",
  ">=": ">=",
  "<": "<",
  "<=": "<=",
  "~": "~",
  "!~": "!~",
};

const requestPaths = "@request.auth.<field>, @request.data.<field>, @request.dbname and @request.method";

/** Reads one text. Throws `ExpressionRefusal`. */
export class ExpressionParser {
  readonly #text: string;
  readonly #context: ExpressionContext;
  readonly #limits: EngineLimits;
  readonly #tokens: readonly Token[];
  #next = 0;
  #nesting = 0;
  #comparisons = 0;

  constructor(text: string, context: ExpressionContext, limits: EngineLimits) {
    this.#text = text;
    this.#context = context;
    this.#limits = limits;
    this.#tokens = readTokens(text);
  }

  /** The tree of the whole text. */
  parse(): Expression {
    if (this.#tokens.length === 1) throw new ExpressionRefusal(0, "the expression is empty");
    const tree = this.#junction("or");
    if (this.#token.kind !== "end") throw this.#unexpected("AND, OR or the end");
    return tree;
  }

  #junction(kind: "or" | "and"): Expression {
    const operand = (): Expression => (kind === "or" ? this.#junction("and") : this.#negation());
    const first = operand();
    const operands = [first];
    while (kind === "or" ? this.#takes("||", "or") : this.#takes("&&", "and")) operands.push(operand());
    if (operands.length === 1) return first;
    return { kind, operands, position: first.position, end: (operands.at(-1) as Expression).end };
  }

  #negation(): Expression {
    const { position } = this.#token;
    if (!this.#takes("!", "not")) return this.#primary();
    const operand = this.#nested(position, () => this.#negation());
    return { kind: "not", operand, position, end: operand.end };
  }

  #primary(): Expression {
    const { position } = this.#token;
    if (!this.#takes("(")) return this.#condition();
    return this.#nested(position, () => {
      const inner = this.#junction("or");
      const { end } = this.#token;
      if (!this.#takes(")")) throw this.#unexpected(`AND, OR or ')' for the '(' at character ${position}`);
      return { ...inner, position, end };
    });
  }

  #nested<T>(position: number, read: () => T): T {
    const limit = this.#limits.expressionNesting;
    this.#nesting += 1;
    if (this.#nesting > limit) throw new ExpressionRefusal(position, `at most ${limit} parentheses and negations nest`);
    const inner = read();
    this.#nesting -= 1;
    return inner;
  }

  #condition(): Expression {
    const left = this.#operand();
    this.#comparisons += 1;
    if (this.#comparisons > this.#limits.expressionComparisons) {
      const message = `at most ${this.#limits.expressionComparisons} comparisons are allowed`;
      throw new ExpressionRefusal(left.position, message);
    }
    if (this.#takes("is")) {
      const isNegated = this.#takes("not");
      const { end } = this.#token;
      if (!this.#takes("null")) throw this.#unexpected("NULL");
      return { kind: "presence", isNegated, operand: left, position: left.position, end };
    }
    const isNegated = this.#takes("not");
    if (this.#takes("in")) return this.#membership(left, isNegated);
    if (this.#takes("like")) return this.#comparison(left, isNegated ? "not like" : "like", false);
    const token = this.#token;
    const symbol = token.kind === "symbol" && !isNegated ? token.symbol : "";
    const isAny = symbol.startsWith("?");
    const operator = operators[isAny ? symbol.slice(1) : symbol];
    if (operator === undefined) throw this.#unexpected(isNegated ? "IN or LIKE" : "a comparison such as = or >");
    this.#next += 1;
    return this.#comparison(left, operator, isAny);
  }

  #comparison(left: Operand, operator: Operator, isAny: boolean): Expression {
    const right = this.#operand();
    return { kind: "comparison", operator, isAny, left, right, position: left.position, end: right.end };
  }

  #membership(operand: Operand, isNegated: boolean): Expression {
    const { position } = operand;
    if (this.#token.kind === "placeholder") {
      const value = this.#constant();
      return { kind: "membership", isNegated, operand, values: [value], position, end: value.end };
    }
    if (!this.#takes("(")) throw this.#unexpected("'(' or a placeholder");
    const isEmpty = this.#token.kind === "symbol" && this.#token.symbol === ")";
    const values = isEmpty ? [] : [this.#constant()];
    while (!isEmpty && this.#takes(",")) {
      const value = this.#constant();
      values.push(value);
      const limit = this.#limits.inListLength;
      if (values.length > limit) throw new ExpressionRefusal(value.position, `a list has at most ${limit} values`);
    }
    const { end } = this.#token;
    if (!this.#takes(")")) throw this.#unexpected("',' or ')'");
    return { kind: "membership", isNegated, operand, values, position, end };
  }

  #constant(): Constant {
    const operand = this.#operand();
    if (operand.kind !== "field") return operand;
    throw new ExpressionRefusal(operand.position, "a list holds values, not fields");
  }

  #operand(): Operand {
    const token = this.#token;
    const { position, end } = token;
    switch (token.kind) {
      case "text":
      case "number":
        this.#next += 1;
        return { kind: "literal", value: token.value, position, end };
      case "placeholder":
        if (this.#context === "rule") {
          throw new ExpressionRefusal(position, "a rule has no placeholders, because nobody gives values with it");
        }
        this.#next += 1;
        return { kind: "placeholder", name: token.name, position, end };
      case "at":
        this.#next += 1;
        return this.#named(token);
      case "path":
        this.#next += 1;
        return this.#pathOrWord(token);
      default:
        throw this.#unexpected("a field or a value");
    }
  }

  #pathOrWord({ path, modifiers, position, end }: Token & { readonly kind: "path" | "at" }): Operand {
    const word = path.length === 1 && modifiers.length === 0 ? path[0].name.toLowerCase() : "";
    if (word === "null") return { kind: "literal", value: null, position, end };
    if (word === "true" || word === "false") return { kind: "literal", value: word === "true", position, end };
    const onRequest = modifiers.find(({ name }) => name === "isset" || name === "changed");
    if (onRequest !== undefined) {
      throw new ExpressionRefusal(onRequest.position, `':${onRequest.name}' stands only after @request.data.<field>`);
    }
    return { kind: "field", path, modifiers, position, end };
  }

  #named({ path, modifiers, position, end }: Token & { readonly kind: "path" | "at" }): Operand {
    const [first, root, field] = path;
    if (first.name !== "request") {
      const name = first.name as MacroName;
      if (path.length === 1 && modifiers.length === 0 && macroNames.includes(name)) {
        return { kind: "macro", name, position, end };
      }
      const known = macroNames.map((each) => `@${each}`).join(", ");
      const written = shown(this.#text.slice(position, end));
      throw new ExpressionRefusal(position, `there is no '${written}'; the macros are ${known}`);
    }
    if (this.#context === "filter") {
      throw new ExpressionRefusal(position, "@request values are there in rules only; use a placeholder, {:name}");
    }
    const isAlone = root?.name === "dbname" || root?.name === "method";
    const hasFields = root?.name === "auth" || root?.name === "data";
    if (!(isAlone && field === undefined) && !(hasFields && field !== undefined)) {
      throw new ExpressionRefusal(position, `of the request there are only ${requestPaths}`);
    }
    const onData = modifiers.find(({ name }) => name === "isset" || name === "changed");
    if (onData !== undefined && (root.name !== "data" || path.length !== 3 || modifiers.length > 1)) {
      throw new ExpressionRefusal(onData.position, `':${onData.name}' stands alone, after @request.data.<field>`);
    }
    return { kind: "request", path: path.slice(1), modifiers, position, end };
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  /** Steps over one of the symbols or keywords, if it is next. */
  #takes(...wanted: readonly string[]): boolean {
    const token = this.#token;
    let found = "";
    if (token.kind === "symbol") found = token.symbol;
    else if (token.kind === "path" && token.path.length === 1 && token.modifiers.length === 0) {
      found = token.path[0].name.toLowerCase();
    }
    if (!wanted.includes(found)) return false;
    this.#next += 1;
    return true;
  }

  #unexpected(wanted: string): ExpressionRefusal {
    const { kind, position, end } = this.#token;
    const found = kind === "end" ? "the expression ends" : `'${shown(this.#text.slice(position, end))}' stands`;
    return new ExpressionRefusal(position, `${found} where ${wanted} is expected`);
  }
}
