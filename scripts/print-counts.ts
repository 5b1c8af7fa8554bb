/**
 * Prints what the test report counts, alone on a line. A run that ended before its tests, or failed
 * beside them, counts as one failure: `node scripts/print-counts.ts REPORT STATUS`.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";

const [report = "", status = "1"] = process.argv.slice(2);
const Counts = z.object({ numPassedTests: z.int(), numFailedTests: z.int() });

const text = await readFile(report, "utf8").catch(() => null);
const { numPassedTests, numFailedTests } = text
  ? Counts.parse(JSON.parse(text))
  : { numPassedTests: 0, numFailedTests: 0 };
const failed = status === "0" ? numFailedTests : Math.max(1, numFailedTests);
console.log(`${numPassedTests} passed, ${failed} failed`);
