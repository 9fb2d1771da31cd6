// Turns the floors and doors of house-rules.mjs into rules that a machine checks, type-only imports included.
import { doors, floors } from "./house-rules.mjs";

const escape = (/** @type {string} */ text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const folders = floors.flat();
const anyFolder = `^lib/(${folders.join("|")})/`;

const floorRules = floors.flatMap((floor, height) =>
  floor.map((folder) => {
    const below = floors.slice(0, height).flat();
    return {
      name: `floor-${folder}`,
      comment: `lib/${folder} imports only itself and what lies below: ${below.join(", ") || "nothing"}.`,
      severity: "error",
      from: { path: `^lib/${folder}/` },
      to: { path: "^(lib|adapters|examples|test)/", pathNot: `^lib/(${[folder, ...below].join("|")})/` },
    };
  }),
);

const doorRules = Object.entries(doors).map(([name, door]) => ({
  name: `door-${name}`,
  comment: `${name} is imported only where its door is: ${door}`,
  severity: "error",
  from: { path: "^(lib|adapters)/", pathNot: door },
  to: { path: `(^|/)node_modules/${escape(name)}/` },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: /** @type {import("dependency-cruiser").IForbiddenRuleType[]} */ ([
    ...floorRules,
    ...doorRules,
    {
      name: "no-unlisted-folder",
      comment:
        "A new folder of lib/ gets its floor in .ci/house-rules.mjs first; only index.ts stands beside the floors.",
      severity: "error",
      from: {},
      to: { path: "^lib/", pathNot: [anyFolder, "^lib/index\\.ts$"] },
    },
    {
      name: "no-unlisted-package",
      comment:
        "A package that lib/ or adapters/ imports gets its door in .ci/house-rules.mjs first; a framework gets none, it is the app's.",
      severity: "error",
      from: { path: "^(lib|adapters)/" },
      to: {
        path: "(^|/)node_modules/",
        pathNot: [...Object.keys(doors), "@types/node", "@types/write-file-atomic"].map(
          (name) => `(^|/)node_modules/${escape(name)}/`,
        ),
      },
    },
    {
      name: "pure-floors",
      comment: "The schema and the query language open no file, no socket, no process.",
      severity: "error",
      from: { path: "^lib/(schema|query)/" },
      to: { dependencyTypes: ["core"], path: "^(node:)?(fs|net|http|https|child_process|worker_threads)(/|$)" },
    },
    {
      name: "store-unseen",
      comment: "Upper floors never know which store they run on: only the engine, which opens the parts, names one.",
      severity: "error",
      from: { path: "^lib/", pathNot: ["^lib/storage/(sqlite|postgres)/", "^lib/engine/", "^lib/index\\.ts$"] },
      to: { path: "^lib/storage/(sqlite|postgres)/" },
    },
    {
      name: "stores-blind",
      comment: "Stores know the port, never each other.",
      severity: "error",
      from: { path: "^lib/storage/(sqlite|postgres)/" },
      to: { path: "^lib/storage/(sqlite|postgres)/", pathNot: "^lib/storage/$1/" },
    },
    {
      name: "adapters-see-the-index",
      comment: "Adapters and examples know the engine by its public names alone.",
      severity: "error",
      from: { path: "^(adapters|examples)/" },
      to: { path: "^lib/", pathNot: "^lib/index\\.ts$" },
    },
    {
      name: "client-sees-nothing",
      comment: "The client runs in browsers: nothing of lib/, of the server's adapters or of Node.",
      severity: "error",
      from: { path: "^adapters/client/" },
      to: { path: ["^(lib|adapters|examples|test)/", "(^|/)node_modules/", "^node:"], pathNot: "^adapters/client/" },
    },
    {
      name: "frameworks-blind",
      comment: "A framework's adapter knows adapters/http and itself.",
      severity: "error",
      from: { path: "^adapters/(express|koa|next)/" },
      to: { path: "^adapters/", pathNot: ["^adapters/$1/", "^adapters/http/"] },
    },
    {
      name: "http-below-frameworks",
      comment: "adapters/http knows no framework.",
      severity: "error",
      from: { path: "^adapters/http/" },
      to: { path: "^adapters/", pathNot: "^adapters/http/" },
    },
    {
      name: "product-without-tests",
      comment: "Nothing outside test/ imports from it.",
      severity: "error",
      from: { path: "^(lib|adapters|examples)/" },
      to: { path: "^test/" },
    },
    {
      name: "no-circles",
      comment: "No circular imports, type-only ones included.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolvable",
      comment: "An import that resolves to nothing escapes every other rule.",
      severity: "error",
      from: { path: "^(lib|adapters)/" },
      to: { couldNotResolve: true },
    },
  ]),
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|coverage)/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["types", "import", "node", "default"] },
  },
};
