/** `npm run regulations:stale`: which sources are to be compared with the regulations again. */
import { staleSources } from "../regulations/stale-sources.ts";
import { commandOptions, refuseUsage } from "./command-options.ts";
import { bookOfFiles } from "./eval/book-of-files.ts";

const usage = `Usage: npm run regulations:stale -- [options]

Lists the sources that were last checked over a year ago, or never.

  --on DATE   as of this day instead of today`;

const { values: options } = commandOptions(usage, {
  options: { on: { type: "string", default: new Date().toISOString().slice(0, 10) } },
});

if (!/^\d{4}-\d{2}-\d{2}$/.test(options.on) || Number.isNaN(Date.parse(options.on))) {
  refuseUsage(
    usage,
    `--on has to be a day, such as 2026-11-29, and is ${JSON.stringify(options.on)}.`,
  );
}

const { book } = await bookOfFiles();
const stale = staleSources(book, options.on);
for (const { of, title, url, checked_on } of stale)
  console.log(`${checked_on ?? "never"}\t${of}\t${title}\t${url ?? "no address"}`);
if (stale.length === 0) console.log("Every source was checked within a year.");
