// Generates expressions as text, and beside each what the plain evaluator says of it.
import fc from "fast-check";
import {
  and,
  compare,
  contains,
  isAbsent,
  like,
  lower,
  not,
  or,
  over,
  patternOfContains,
  patternOfLike,
  scalarOf,
  type Found,
  type Kind,
  type Order,
  type Scalar,
  type Truth,
} from "./plain-evaluator.js";
import * as samples from "./filter-samples.js";
import type { Sample } from "../support/query-fixture.js";

/** A generated expression. `of` is what it must give for a post. */
export interface Generated {
  readonly text: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly of: (post: Sample) => Truth;
}

/** A field, and what stands there. `each` and lists of json are read as many. */
interface FieldSpec {
  readonly text: string;
  readonly kind: Kind;
  readonly of: (post: Sample) => Found;
  readonly isEach?: boolean;
  /** Only at operators with a question mark. */
  readonly anyOnly?: boolean;
  readonly isLength?: boolean;
}

const livePeople = new Map(samples.people.filter(({ deleted }) => deleted === null).map((each) => [each.id, each]));
const allTeams = new Map(samples.teams.map((each) => [each.id, each]));
type Step = (from: Sample) => readonly (Sample | undefined)[];
const ids = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as string[]) : value === null || value === undefined ? [] : [value as string];
const person =
  (field: string): Step =>
  (from) =>
    ids(from[field]).map((id) => livePeople.get(id));
const team: Step = (from) => ids(from["team"]).map((id) => allTeams.get(id));

const walk = (from: Sample, steps: readonly Step[]): readonly Sample[] =>
  steps.reduce<readonly Sample[]>(
    (reached, step) => reached.flatMap((each) => step(each).filter((next) => next !== undefined)),
    [from],
  );

const inJson = (document: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner) !== (typeof key === "number")) return null;
    return Object.hasOwn(inner, key) ? (inner as Record<string | number, unknown>)[key] : null;
  }, document) ?? null;

const one = (text: string, kind: Kind, steps: readonly Step[], read: (record: Sample) => unknown): FieldSpec => ({
  ...{ text, kind },
  of: (post) => ({ form: "one", raw: walk(post, steps).map(read)[0] ?? null }),
});
const many = (
  text: string,
  kind: Kind,
  steps: readonly Step[],
  read: (record: Sample) => readonly unknown[],
): FieldSpec => ({
  ...{ text, kind },
  of: (post) => ({ form: "many", raws: walk(post, steps).flatMap(read) }),
});
const column = (name: string) => (record: Sample) => record[name] ?? null;
const list = (name: string) => (record: Sample) => (record[name] as readonly unknown[] | null) ?? [];
const json =
  (...path: (string | number)[]) =>
  (record: Sample) =>
    inJson(record["meta"], path);
const jsonList =
  (...path: (string | number)[]) =>
  (record: Sample) => {
    const found = inJson(record["meta"], path);
    return Array.isArray(found) ? (found as unknown[]) : [];
  };
const each = (spec: FieldSpec): FieldSpec => ({ ...spec, text: `${spec.text}:each`, isEach: true });
const lowered = (spec: FieldSpec): FieldSpec => ({
  ...spec,
  text: `${spec.text}:lower`,
  of: (post) => {
    const low = (raw: unknown): unknown => (typeof raw === "string" ? lower(raw) : raw);
    const found = spec.of(post);
    return found.form === "one" ? { form: "one", raw: low(found.raw) } : { form: "many", raws: found.raws.map(low) };
  },
});
const length = (spec: FieldSpec): FieldSpec => ({
  ...{ text: `${spec.text}:length`, kind: "number", isLength: true },
  of: (post) => {
    const found = spec.of(post);
    return { form: "one", raw: found.form === "many" ? found.raws.length : 0 };
  },
});

const [author, reviewers, boss, friends, crew] = ["author", "reviewers", "boss", "friends", "crew"].map(person) as [
  Step,
  Step,
  Step,
  Step,
  Step,
];
const jsonLists = [
  many("meta.list", "dynamic", [], jsonList("list")),
  many("meta", "dynamic", [], jsonList()),
  many("author.meta.list", "dynamic", [author], jsonList("list")),
];
const fields: readonly FieldSpec[] = [
  one("id", "text", [], column("id")),
  one("created", "datetime", [], column("created")),
  one("title", "text", [], column("title")),
  one("title", "text", [], column("title")),
  lowered(one("title", "text", [], column("title"))),
  one("body", "text", [], column("body")),
  one("mail", "text", [], column("mail")),
  one("link", "text", [], column("link")),
  one("views", "number", [], column("views")),
  one("views", "number", [], column("views")),
  one("open", "boolean", [], column("open")),
  one("day", "date", [], column("day")),
  one("at", "datetime", [], column("at")),
  one("kind", "text", [], column("kind")),
  many("tags", "text", [], list("tags")),
  each(many("tags", "text", [], list("tags"))),
  lowered(many("tags", "text", [], list("tags"))),
  length(many("tags", "text", [], list("tags"))),
  one("meta", "dynamic", [], json()),
  one("meta.a", "dynamic", [], json("a")),
  lowered(one("meta.a", "dynamic", [], json("a"))),
  one("meta.n.b", "dynamic", [], json("n", "b")),
  one("meta.list.0", "dynamic", [], json("list", 0)),
  one("meta.n.0", "dynamic", [], json("n", 0)),
  ...jsonLists.map((spec) => ({ ...spec, anyOnly: true })),
  ...jsonLists.map(each),
  ...jsonLists.map(length),
  one("author", "text", [], column("author")),
  one("author.name", "text", [author], column("name")),
  one("author.age", "number", [author], column("age")),
  one("author.active", "boolean", [author], column("active")),
  one("author.born", "date", [author], column("born")),
  one("author.meta.a", "dynamic", [author], json("a")),
  one("author.boss.name", "text", [author, boss], column("name")),
  one("author.boss.meta.n.b", "dynamic", [author, boss], json("n", "b")),
  one("author.team.label", "text", [author, team], column("label")),
  one("author.team.size", "number", [author, team], column("size")),
  one("author.boss.boss.age", "number", [author, boss, boss], column("age")),
  many("author.skills", "text", [author], list("skills")),
  length(many("author.skills", "text", [author], list("skills"))),
  many("author.friends.name", "text", [author, friends], (record) => [record["name"]]),
  many("author.team.crew.age", "number", [author, team, crew], (record) => [record["age"]]),
  many("reviewers", "text", [], list("reviewers")),
  length(many("reviewers", "text", [], list("reviewers"))),
  many("reviewers.name", "text", [reviewers], (record) => [record["name"]]),
  each(many("reviewers.name", "text", [reviewers], (record) => [record["name"]])),
  many("reviewers.age", "number", [reviewers], (record) => [record["age"]]),
  many("reviewers.active", "boolean", [reviewers], (record) => [record["active"]]),
  many("reviewers.born", "date", [reviewers], (record) => [record["born"]]),
  many("reviewers.meta.a", "dynamic", [reviewers], (record) => [json("a")(record)]),
  many("reviewers.boss.name", "text", [reviewers, boss], (record) => [record["name"]]),
  many("reviewers.friends.age", "number", [reviewers, friends], (record) => [record["age"]]),
  many("reviewers.skills", "text", [reviewers], list("skills")),
];

/** A value in the text: as a literal, a placeholder or a macro. */
interface ConstantSpec {
  readonly written: string;
  readonly value: Scalar;
  readonly parameter?: { readonly value: unknown };
}

let parameterCount = 0;
const asParameter = (value: unknown, meant: Scalar): ConstantSpec => {
  parameterCount += 1;
  const name = `p${parameterCount}`;
  return { written: `{:${name}}`, value: meant, parameter: { value } };
};
const parameterName = ({ written }: ConstantSpec): string => written.slice(2, -1);

function literal(value: Scalar, style: number): string {
  if (typeof value !== "string") return String(value);
  const escaped = value.replaceAll("\\", "\\\\");
  if (style % 3 === 0) return `'${escaped.replaceAll("'", "''")}'`;
  return style % 3 === 1 ? `'${escaped.replaceAll("'", "\\'")}'` : `"${escaped.replaceAll('"', '""')}"`;
}

const macros: Readonly<Record<string, string>> = {
  "@now": "2026-02-14T10:20:30.400Z",
  "@todayStart": "2026-02-14T00:00:00.000Z",
  "@todayEnd": "2026-02-14T23:59:59.999Z",
  "@monthStart": "2026-02-01T00:00:00.000Z",
  "@monthEnd": "2026-02-28T23:59:59.999Z",
  "@yearStart": "2026-01-01T00:00:00.000Z",
  "@yearEnd": "2026-12-31T23:59:59.999Z",
};

const plain = (values: readonly Scalar[]): fc.Arbitrary<ConstantSpec> =>
  fc
    .tuple(fc.constantFrom(...values), fc.nat(5))
    .map(([value, style]) => (style > 2 ? asParameter(value, value) : { written: literal(value, style), value }));
const macro = (map: (moment: string) => string): fc.Arbitrary<ConstantSpec> =>
  fc.constantFrom(...Object.entries(macros)).map(([written, moment]) => ({ written, value: map(moment) }));
const spelledMoments = fc
  .tuple(fc.constantFrom(...samples.momentSpellings), fc.boolean())
  .map(([spelling, isParameter]): ConstantSpec => {
    const value = new Date(spelling.length === 10 ? spelling : spelling.replace(" ", "T")).toISOString();
    return isParameter ? asParameter(spelling, value) : { written: literal(spelling, 0), value };
  });

const someText = fc.oneof(
  fc.constantFrom(...samples.texts, ...samples.selected, ...samples.peopleIds, "Zqnews"),
  fc.string({ unit: fc.constantFrom("Z", "q", "a", "\\", "%", "_", "'", '"', "é", "\u{1F600}"), maxLength: 5 }),
);
const texts = fc
  .tuple(someText, fc.nat(5))
  .map(([value, style]): ConstantSpec =>
    style > 2 ? asParameter(value, value) : { written: literal(value, style), value },
  );
const constantsOf: Readonly<Record<Kind, fc.Arbitrary<ConstantSpec>>> = {
  text: texts,
  number: fc.oneof(
    plain(samples.numbers),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => asParameter(value, value)),
  ),
  boolean: plain([true, false]),
  date: fc.oneof(
    plain(samples.days),
    macro((moment) => moment.slice(0, 10)),
    fc.constantFrom(...samples.days).map((day) => asParameter(new Date(day), day)),
  ),
  datetime: fc.oneof(
    plain(samples.moments),
    spelledMoments,
    macro((moment) => moment),
  ),
  dynamic: fc.oneof(
    texts,
    plain(samples.jsonNumbers),
    plain([true, false]),
    macro((moment) => moment),
  ),
};
const small = plain([0, 1, 2, 3]);
const constantFor = ({ kind, isLength }: FieldSpec): fc.Arbitrary<ConstantSpec> =>
  isLength === true ? small : constantsOf[kind];

const isTextual = (kind: Kind): boolean => kind !== "number" && kind !== "boolean";
const rawsOf = (found: Found): readonly unknown[] => (found.form === "one" ? [found.raw] : found.raws);

/** The truth over the values of one or two fields. */
function overValues(isAny: boolean, founds: readonly Found[], of: (...raws: unknown[]) => Truth): Truth {
  const [first, second] = founds as [Found, Found | undefined];
  const truths = rawsOf(first).flatMap((a) => (second === undefined ? [of(a)] : rawsOf(second).map((b) => of(a, b))));
  return founds.every(({ form }) => form === "one") ? (truths[0] as Truth) : over(isAny, truths);
}

const absence =
  (spec: FieldSpec, emptyToo: boolean, isNegated: boolean, isAny: boolean) =>
  (post: Sample): Truth => {
    const found = spec.of(post);
    const counts = emptyToo && (spec.kind === "text" || spec.kind === "dynamic");
    const absent = (raw: unknown): Truth => isAbsent(raw, counts) !== isNegated;
    if (found.form === "one") return absent(found.raw);
    if (isAny || spec.isEach === true) return over(isAny, found.raws.map(absent));
    return found.raws.every((raw) => isAbsent(raw, counts)) !== isNegated;
  };

const orders = ["=", "!=", ">", ">=", "<", "<="] as const;
const flipped: Readonly<Record<Order, Order>> = { "=": "=", "!=": "!=", ">": "<", ">=": "<=", "<": ">", "<=": ">=" };
const withParameters = (constants: readonly ConstantSpec[]): Record<string, unknown> =>
  Object.fromEntries(
    constants.flatMap((each) => (each.parameter === undefined ? [] : [[parameterName(each), each.parameter.value]])),
  );

const field = fc.constantFrom(...fields);
const plainField = fc.constantFrom(...fields.filter(({ anyOnly }) => anyOnly !== true));
/** A question mark where it must, where it cannot, and else by choice. */
const anyFor = (wish: boolean, ...specs: readonly FieldSpec[]): boolean =>
  specs.some(({ anyOnly }) => anyOnly === true) ||
  (wish &&
    specs.every(
      ({ isEach, kind, of }) =>
        isEach !== true && !(kind === "dynamic" && of(samples.posts[0] as Sample).form === "one"),
    ));

const ordered: fc.Arbitrary<Generated> = field.chain((spec) =>
  fc
    .record({
      constant: constantFor(spec),
      operator: fc.constantFrom(...orders),
      wish: fc.boolean(),
      swap: fc.boolean(),
    })
    .map(({ constant, operator, wish, swap }) => {
      const isAny = anyFor(wish, spec);
      const written = `${isAny ? "?" : ""}${operator === "!=" && wish ? "!=" : operator}`;
      const text = swap
        ? `${constant.written} ${isAny ? "?" : ""}${flipped[operator]} ${spec.text}`
        : `${spec.text}${written}${constant.written}`;
      const isAbsenceTest = constant.value === "" && (operator === "=" || operator === "!=");
      return {
        text,
        parameters: withParameters([constant]),
        of: isAbsenceTest
          ? absence(spec, true, operator === "!=", isAny)
          : (post: Sample) =>
              overValues(isAny, [spec.of(post)], (raw) => compare(operator, scalarOf(raw), constant.value)),
      };
    }),
);

const betweenFields: fc.Arbitrary<Generated> = fc
  .record({ left: field, right: field, operator: fc.constantFrom(...orders), wish: fc.boolean() })
  .filter(({ left, right, wish }) => {
    const fits = left.kind === right.kind || left.kind === "dynamic" || right.kind === "dynamic";
    const isAny = anyFor(wish, left, right);
    // A question mark reads json as a list, so a plain json path has another meaning there: covered by `anyOnly`.
    const isClear =
      !isAny ||
      [left, right].every(
        ({ isEach, anyOnly, kind, of }) =>
          isEach !== true && (anyOnly === true || kind !== "dynamic" || of(samples.posts[0] as Sample).form === "many"),
      );
    return fits && isClear;
  })
  .map(({ left, right, operator, wish }) => {
    const isAny = anyFor(wish, left, right);
    return {
      text: `${left.text} ${isAny ? "?" : ""}${operator} ${right.text}`,
      parameters: {},
      of: (post) =>
        overValues(isAny, [left.of(post), right.of(post)], (a, b) => compare(operator, scalarOf(a), scalarOf(b))),
    };
  });

const contained: fc.Arbitrary<Generated> = fc
  .record({ left: field, right: field, isNegated: fc.boolean(), wish: fc.boolean() })
  .filter(({ left, right, wish }) => {
    const isAny = anyFor(wish, left, right);
    const isClear =
      !isAny ||
      [left, right].every(
        ({ isEach, anyOnly, kind, of }) =>
          isEach !== true && (anyOnly === true || kind !== "dynamic" || of(samples.posts[0] as Sample).form === "many"),
      );
    return isTextual(left.kind) && isTextual(right.kind) && isClear;
  })
  .map(({ left, right, isNegated, wish }) => {
    const isAny = anyFor(wish, left, right);
    return {
      text: `${left.text} ${isAny ? "?" : ""}${isNegated ? "!~" : "~"} ${right.text}`,
      parameters: {},
      of: (post) =>
        overValues(isAny, [left.of(post), right.of(post)], (a, b) => {
          const truth = contains(scalarOf(a), scalarOf(b));
          return isNegated ? not(truth) : truth;
        }),
    };
  });

const matched: fc.Arbitrary<Generated> = fc
  .record({ spec: field, constant: texts, isLike: fc.boolean(), isNegated: fc.boolean(), wish: fc.boolean() })
  .filter(({ spec, constant, isLike }) => {
    const endsInEscape = /(^|[^\\])(\\\\)*\\$/.test(constant.value as string);
    return isTextual(spec.kind) && !(isLike && (endsInEscape || spec.anyOnly === true));
  })
  .map(({ spec, constant, isLike, isNegated, wish }) => {
    const isAny = !isLike && anyFor(wish, spec);
    const operator = isLike ? (isNegated ? "NOT LIKE" : "like") : `${isAny ? "?" : ""}${isNegated ? "!~" : "~"}`;
    const pattern = (isLike ? patternOfLike : patternOfContains)(constant.value as string);
    return {
      text: `${spec.text} ${operator} ${constant.written}`,
      parameters: withParameters([constant]),
      of: (post) =>
        overValues(isAny, [spec.of(post)], (raw) => {
          const truth = like(scalarOf(raw), pattern);
          return isNegated ? not(truth) : truth;
        }),
    };
  });

const listed: fc.Arbitrary<Generated> = plainField.chain((spec) =>
  fc
    .record({
      constants: fc.array(
        fc.oneof({ weight: 6, arbitrary: constantFor(spec) }, { weight: 1, arbitrary: plain([null]) }),
        { minLength: 1, maxLength: 5 },
      ),
      isNegated: fc.boolean(),
      asOne: fc.boolean(),
    })
    .map(({ constants, isNegated, asOne }) => {
      const all = asParameter(
        constants.map((each) => each.parameter?.value ?? each.value),
        null,
      );
      const written = asOne ? all.written : `(${constants.map((each) => each.written).join(", ")})`;
      const parts = (raw: unknown): Truth =>
        or(
          constants.map(({ value }) => {
            if (value === null) return isAbsent(raw, false);
            if (value === "") return isAbsent(raw, spec.kind === "text" || spec.kind === "dynamic");
            return compare("=", scalarOf(raw), value);
          }),
        );
      return {
        text: `${spec.text} ${isNegated ? "not In" : "IN"} ${written}`,
        parameters: asOne ? withParameters([all]) : withParameters(constants),
        of: (post: Sample) => overValues(false, [spec.of(post)], (raw) => (isNegated ? not(parts(raw)) : parts(raw))),
      };
    }),
);

const absent: fc.Arbitrary<Generated> = fc
  .record({
    spec: plainField,
    form: fc.constantFrom("is", "null", "empty", "parameter"),
    isNegated: fc.boolean(),
    wish: fc.boolean(),
  })
  .map(({ spec, form, isNegated, wish }) => {
    const isAny = form !== "is" && anyFor(wish, spec);
    const operator = `${isAny ? "?" : ""}${isNegated ? "!=" : "="}`;
    const nothing = asParameter(null, null);
    const written = {
      is: isNegated ? "IS NOT NULL" : "is null",
      null: `${operator} null`,
      empty: `${operator} ''`,
      parameter: `${operator} ${nothing.written}`,
    };
    return {
      text: `${spec.text} ${written[form]}`,
      parameters: form === "parameter" ? withParameters([nothing]) : {},
      of: absence(spec, form === "empty", isNegated, isAny),
    };
  });

const constants: fc.Arbitrary<Generated> = fc
  .record({ left: fc.nat(2), right: fc.nat(2), operator: fc.constantFrom(...orders) })
  .map(({ left, right, operator }) => ({
    ...{ text: `${left} ${operator} ${right}`, parameters: {} },
    of: () => compare(operator, left, right),
  }));

const comparison: fc.Arbitrary<Generated> = fc.oneof(
  { weight: 8, arbitrary: ordered },
  { weight: 4, arbitrary: betweenFields },
  { weight: 3, arbitrary: contained },
  { weight: 5, arbitrary: matched },
  { weight: 4, arbitrary: listed },
  { weight: 4, arbitrary: absent },
  { weight: 1, arbitrary: constants },
);

const joined = (
  operands: readonly Generated[],
  word: string,
  join: (truths: readonly Truth[]) => Truth,
): Generated => ({
  text: operands.map(({ text }) => `(${text})`).join(word),
  parameters: Object.assign({}, ...operands.map(({ parameters }) => parameters)) as Record<string, unknown>,
  of: (post) => join(operands.map(({ of }) => of(post))),
});

/** Expressions over posts: mostly one comparison, else some of them joined and negated. */
export const expressions: fc.Arbitrary<Generated> = fc.letrec<{ tree: Generated }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: comparison },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.array(tie("tree"), { minLength: 2, maxLength: 3 }), fc.constantFrom(" && ", " AND ", "and"))
        .map(([operands, word]) => joined(operands, word, and)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.array(tie("tree"), { minLength: 2, maxLength: 3 }), fc.constantFrom(" || ", " Or\n", " // Zq\n||"))
        .map(([operands, word]) => joined(operands, word, or)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie("tree"), fc.constantFrom("!", "NOT ", "not")).map(([operand, word]) => ({
        ...{ text: `${word}(${operand.text})`, parameters: operand.parameters },
        of: (post: Sample) => not(operand.of(post)),
      })),
    },
  ),
})).tree;
