// Tries to open a data directory, says how that ended, and holds it: SIGTERM closes the engine and leaves the process alive.
import { TenantEngine } from "../../../lib/index.js";
import { childInput, say } from "../../support/child-channel.js";
import { valueOf } from "../../support/unwrap.js";
import type { HoldingInput, HoldingMessage } from "../holding-messages.js";

const tell: (message: HoldingMessage) => void = say;
const opened = await TenantEngine.open({ dataDir: childInput<HoldingInput>().dataDir });
process.on("SIGTERM", () => {
  void (async () => {
    valueOf(await valueOf(opened).close());
    tell({ kind: "closed" });
  })();
});
// Something to live for.
setInterval(() => undefined, 60_000);
tell({ kind: "tried", outcome: opened.isOk() ? "open" : opened.error.code });
