/**
 * `npm run events:export`: writes the events of the log as NDJSON or CSV, read from the feed of a running
 * server in pages. Exit code: 0 done, 2 wrong usage, 4 server not reached or refused, 5 events that cannot
 * be read.
 */
import { once } from "node:events";
import { closeSync, createWriteStream, openSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { parsedJson } from "../src/platform/parsed-json.ts";
import { commandOptions, endWith, refuseUsage } from "./command-options.ts";
import { csvHeader, csvLine, ExportedEvent } from "./export/event-csv.ts";

const usage = `Usage: npm run -s events:export -- [options]

  --from PLACE   a date, a time or a cursor, such as 2026-11-01 or 48210 (default: the beginning)
  --to PLACE     where to end; of a date or a time, this one is not included (default: now)
  --type TYPES   only these types, separated by commas, such as scan.completed,scan.failed
  --csv          CSV with a column for each common field, instead of NDJSON of CloudEvents
  --out FILE     a file instead of stdout
  --url BASE     the server (default http://localhost:8787)

  EVENTS_TOKEN in the environment opens the feed. Progress is on stderr.`;

const unreachable = 4;
const unreadable = 5;
const eventsPerPage = 500;
/** A server that is being deployed or resets answers again after these waits, ms. */
const retryWaitsMs = [500, 2_000, 8_000];

const { values: options } = commandOptions(usage, {
  options: {
    from: { type: "string", default: "0" },
    to: { type: "string", default: new Date().toISOString() },
    type: { type: "string", default: "" },
    csv: { type: "boolean", default: false },
    out: { type: "string", default: "" },
    url: { type: "string", default: "http://localhost:8787" },
  },
});
if (!URL.canParse(options.url)) refuseUsage(usage, `--url ${options.url} is not a URL.`);

if (options.out) {
  try {
    // Before any page is read; it is emptied when the first is written.
    closeSync(openSync(options.out, "a"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    refuseUsage(usage, `--out ${options.out} cannot be written (${code}).`);
  }
}

const isCursor = (place: string) => /^\d+$/.test(place);
const firstCursor = isCursor(options.from) ? Number(options.from) : 0;
const lastCursor = isCursor(options.to) ? Number(options.to) : Infinity;
const query = {
  limit: String(eventsPerPage),
  ...(options.type && { type: options.type }),
  ...(!isCursor(options.from) && { from: options.from }),
  ...(!isCursor(options.to) && { to: options.to }),
};

const Page = z.array(ExportedEvent);
const Problem = z.object({
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});

/** What a problem says, in one line; another answer as it is. */
function wordsOf(answer: string): string {
  const problem = Problem.safeParse(parsedJson(answer)).data;
  if (!problem) return answer;
  const fields = problem.errors.map(({ path, message }) => `${path} ${message}.`);
  return [problem.detail, ...fields, `[${problem.code}]`].join(" ");
}

async function readPage(after: number) {
  const url = new URL("/api/v1/events", options.url);
  url.search = new URLSearchParams({ ...query, after: String(after) }).toString();
  const headers = { authorization: `Bearer ${process.env["EVENTS_TOKEN"] ?? ""}` };
  const response = await fetchAgain(url, headers);
  const text = await response.text();
  if (response.status === 422)
    return refuseUsage(usage, `The server refuses this: ${wordsOf(text)}`);
  if (text.includes("EVENTS_UNREADABLE")) return endWith(unreadable, text);
  if (!response.ok)
    return endWith(unreachable, `Refused with ${response.status}: ${wordsOf(text)}`);
  const next = Number(response.headers.get("x-next-cursor"));
  return { next, events: Page.parse(JSON.parse(text)) };
}

/** Asks again while the server does not answer, or answers 5xx. */
async function fetchAgain(url: URL, headers: Record<string, string>): Promise<Response> {
  for (const waitMs of retryWaitsMs) {
    const response = await fetch(url, { headers }).catch(() => null);
    if (response && response.status < 500) return response;
    await wait(waitMs);
  }
  return fetch(url, { headers }).catch(() =>
    endWith(unreachable, `No server answers at ${options.url}.`),
  );
}

const out = options.out ? createWriteStream(options.out) : process.stdout;
async function write(line: string) {
  if (!out.write(`${line}\n`)) await once(out, "drain");
}

let written = 0;
let after = Math.max(0, firstCursor - 1);
if (options.csv) await write(csvHeader);
for (let isEnd = false; !isEnd;) {
  const { next, events } = await readPage(after);
  for (const event of events) {
    if (Number(event.cursor) > lastCursor) break;
    await write(options.csv ? csvLine(event) : JSON.stringify(event));
    written++;
  }
  isEnd = next <= after || next >= lastCursor;
  after = next;
  console.error(`${written} events, up to cursor ${Math.min(after, lastCursor)}`);
}
if (out !== process.stdout) {
  out.end();
  await once(out, "finish");
}
