// Counts what the test runner saw and says it in one line. A run that proves nothing must never count as passed.
import { writeFileSync } from "node:fs";

export default class PlainReporter {
  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   * @param {import("vitest/node").TestRunEndReason} reason
   */
  onTestRunEnd(modules, unhandledErrors, reason) {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) count[test.result().state]++;
      // A file that cannot be imported, or whose hooks fail, has no failing test of its own.
      if (module.state() === "failed" && count.failed === before) count.failed++;
    }
    // An unhandled error belongs to no test; the runner's own JSON report forgets it.
    count.failed += unhandledErrors.length;
    if (reason === "interrupted" || (reason === "failed" && count.failed === 0)) count.failed++;
    if (count.passed + count.failed === 0) count.failed++;
    const skipped = count.skipped + count.pending;
    const line = `${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    console.log(line);
    const file = process.env["TEST_REPORT_FILE"];
    if (file) writeFileSync(file, `${line}\n`);
  }
}
