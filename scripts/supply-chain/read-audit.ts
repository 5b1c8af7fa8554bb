import { z } from "zod";
import { parsedJson } from "../../src/platform/parsed-json.ts";

const Report = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string() })),
});

/** What an audit came to. `lines` says it. */
export interface Audit {
  verdict: "clean" | "vulnerable" | "unanswered";
  lines: string[];
}

const failing = new Set(["high", "critical"]);

/** Reads what `npm audit --json` has printed. A registry that has no audits, or does not answer, proves nothing. */
export function readAudit(printed: string): Audit {
  const { data } = Report.safeParse(parsedJson(printed));
  if (!data) {
    return {
      verdict: "unanswered",
      lines: ["The registry answered no audit: nothing was checked."],
    };
  }
  const found = Object.entries(data.vulnerabilities);
  const lines = found.map(([name, { severity, range }]) => `${severity}: ${name} ${range}`);
  if (found.some(([, { severity }]) => failing.has(severity)))
    return { verdict: "vulnerable", lines };
  return { verdict: "clean", lines: [...lines, "No vulnerability is high or critical."] };
}
