// The house's own lint rules: what no published rule catches. Each has its proof in test/package/house-rules.test.ts.
import { basename } from "node:path";

/**
 * A `Result` that nobody looks at is an error swallowed, whether it was awaited or not.
 * @type {import("eslint").Rule.RuleModule}
 */
const noDroppedResult = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      dropped: "This Result is dropped, and its error with it: return it, check it, or write `void` and why.",
    },
  },
  create(context) {
    /** @type {{ getTypeAtLocation: (node: unknown) => import("typescript").Type }} */
    const services = context.sourceCode.parserServices;
    const resultNames = new Set(["Ok", "Err", "ResultAsync"]);
    /** @param {import("typescript").Type} type */
    const isResult = (type) =>
      (type.isUnion() ? type.types : [type]).some((part) => resultNames.has(part.getSymbol()?.getName() ?? ""));
    return {
      ExpressionStatement(node) {
        const { expression } = node;
        if (expression.type === "AssignmentExpression") return;
        if (isResult(services.getTypeAtLocation(expression))) context.report({ node, messageId: "dropped" });
      },
    };
  },
};

/**
 * A rule switched off without its reason cannot be judged by the next reader.
 * @type {import("eslint").Rule.RuleModule}
 */
const reasonedDisable = {
  meta: {
    type: "suggestion",
    schema: [],
    messages: { reason: "Say why the rule is off: `// eslint-disable-next-line <rule> -- <reason>`." },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments())
          if (/^\s*eslint-disable/.test(comment.value) && !/\s--\s+\S/.test(comment.value))
            context.report({ loc: comment.loc ?? { line: 1, column: 0 }, messageId: "reason" });
      },
    };
  },
};

/**
 * File names are kebab-case and say a role; a drawer for leftovers has none.
 * @type {import("eslint").Rule.RuleModule}
 */
const fileName = {
  meta: {
    type: "suggestion",
    schema: [],
    messages: {
      kebab: "File names are kebab-case: {{name}}",
      vague: "This file name says no role ({{word}}): name what the file is for.",
    },
  },
  create(context) {
    return {
      Program(node) {
        const name = basename(context.filename);
        if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(name))
          context.report({ node, messageId: "kebab", data: { name } });
        const word = /(?:^|-)(utils?|helpers?|commons?|misc|managers?|info)(?=[-.])/.exec(name)?.[1];
        if (word) context.report({ node, messageId: "vague", data: { word } });
      },
    };
  },
};

export default {
  rules: { "no-dropped-result": noDroppedResult, "reasoned-disable": reasonedDisable, "file-name": fileName },
};
