// Checks the imports of the folder it is started in. Zero modules seen is a failure: dependency-cruiser
// calls it a success when it cannot read TypeScript at all.
import { existsSync } from "node:fs";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import configuration from "./dependency-cruiser.mjs";

const folders = ["lib", "adapters", "examples", "test"].filter((folder) => existsSync(folder));
const { forbidden, options } = configuration;
const { output } = await cruise(
  folders,
  { ...options, ruleSet: { forbidden: forbidden ?? [] }, validate: true },
  undefined,
  { tsConfig: extractTSConfig("tsconfig.json") },
);
if (typeof output === "string") throw new Error("dependency-cruiser gave a text where a result was asked for");

const own = output.modules.filter(({ source }) => /^(lib|adapters|examples|test)\//.test(source));
for (const { rule, from, to } of output.summary.violations) {
  const comment = forbidden?.find(({ name }) => name === rule.name)?.comment ?? "";
  console.error(`${rule.name}: ${from} -> ${to}\n  ${comment}`);
}
console.log(`${own.length} modules, ${output.summary.violations.length} violations`);
if (own.length === 0) console.error("no module was seen: the check itself is broken");
process.exitCode = own.length === 0 || output.summary.violations.length > 0 ? 1 : 0;
