/**
 * `npm run events:restore`: puts archived hours of the event log back, through the ops routes of a
 * running server. Safe to repeat. Exit code: 0 done, 1 something is missing, 2 wrong usage, 4 server
 * not reached or refused.
 */
import { z } from "zod";
import { commandOptions, endWith, wrongUsage } from "./command-options.ts";

const usage = `Usage: npm run events:restore -- --from TIME --to TIME --why TEXT [options]

  --from TIME    the first hour, such as 2026-01-01 or 2026-01-01T13:00:00Z
  --to TIME      where to end; this time is not restored itself
  --why TEXT     what it is for; it is noted
  --by NAME      who wants it (default: $USER, or operator)
  --url BASE     the server (default http://localhost:8787)

  OPS_TOKEN in the environment opens the ops routes.`;

const missingObjects = 1;
const unreachable = 4;

const { values: options } = commandOptions(usage, {
  options: {
    from: { type: "string", default: "" },
    to: { type: "string", default: "" },
    why: { type: "string", default: "" },
    by: { type: "string", default: process.env["USER"] || "operator" },
    url: { type: "string", default: "http://localhost:8787" },
  },
});
if (!options.from || !options.to || !options.why) endWith(wrongUsage, usage);
if (!URL.canParse(options.url)) endWith(wrongUsage, `--url ${options.url} is not a URL`);

const Restored = z.object({
  hours: z.int(),
  events: z.int(),
  next: z.string().nullable(),
  missing: z.array(z.string()),
});

async function restoreFrom(from: string) {
  const { to, by, why } = options;
  const response = await fetch(new URL("/api/v1/ops/events/restore", options.url), {
    method: "POST",
    headers: {
      authorization: `Bearer ${process.env["OPS_TOKEN"] ?? ""}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ from, to, by, why }),
  }).catch(() => endWith(unreachable, `No server answers at ${options.url}.`));
  const text = await response.text();
  if (!response.ok) endWith(unreachable, `Refused with ${response.status}: ${text}`);
  return Restored.parse(JSON.parse(text));
}

const missing: string[] = [];
for (let from: string | null = options.from; from !== null;) {
  const restored = await restoreFrom(from);
  console.log(`${restored.hours} hours with ${restored.events} events are in the log.`);
  missing.push(...restored.missing);
  from = restored.next;
}
if (missing.length > 0) endWith(missingObjects, `Not in the archive: ${missing.join(", ")}`);
console.log("Restored hours stay in the log for a day at least.");
