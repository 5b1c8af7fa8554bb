/** Asks the registry for known vulnerabilities of what is installed. High and critical ones fail. */
import { execFile } from "node:child_process";
import { commandOptions } from "./command-options.ts";
import { readAudit } from "./supply-chain/read-audit.ts";

commandOptions(
  `Usage: npm run audit -- [options]

  It has none: it ends with 1 when a package has a known vulnerability that is high or critical, and with 0 when the
  registry does not answer.`,
  { options: {} },
);

/** How long the registry may take, ms. */
const timeout = 60_000;

const printed = await new Promise<string>((resolve) => {
  // npm ends with 1 for any vulnerability, and for a registry that does not answer: its output tells which.
  execFile(
    "npm",
    ["audit", "--json", "--fetch-retries=1"],
    { timeout, maxBuffer: 2 ** 26 },
    (_, out) => resolve(out),
  );
});
const { verdict, lines } = readAudit(printed);
console.log(lines.join("\n"));
if (verdict === "vulnerable") process.exit(1);
