import { z } from "zod";

/** A CloudEvent of the feed. What its data may have is in the API's document. */
export const ExportedEvent = z.looseObject({
  subject: z.string(),
  type: z.string(),
  time: z.string(),
  cursor: z.string(),
  sequence: z.string(),
  userid: z.string().optional(),
  data: z.record(z.string(), z.unknown()),
});
type ExportedEvent = z.infer<typeof ExportedEvent>;

/** Where a column's value is in an event. */
const columns: Readonly<Record<string, readonly string[]>> = {
  cursor: ["cursor"],
  time: ["time"],
  type: ["type"],
  scan: ["subject"],
  sequence: ["sequence"],
  user: ["userid"],
  model: ["data", "model"],
  region: ["data", "region"],
  status: ["data", "status"],
  major_category: ["data", "classification", "major_category"],
  middle_category: ["data", "classification", "middle_category"],
  minor_category: ["data", "classification", "minor_category"],
  regulation_version: ["data", "regulation_version"],
  stage: ["data", "stage"],
  error_code: ["data", "error", "code"],
  reward_code: ["data", "reward", "code"],
  character_code: ["data", "code"],
  input_tokens: ["data", "input_tokens"],
  output_tokens: ["data", "output_tokens"],
  cost_micro_usd: ["data", "cost_micro_usd"],
  data: ["data"],
  // Behind the others: who reads columns by their place finds them where they were.
  confidence: ["data", "confidence"],
  regulation_key: ["data", "regulation_key"],
  reward_granted: ["data", "reward_granted"],
  reason: ["data", "reason"],
};

export const csvHeader = Object.keys(columns).join(",");

/** An event as a line of CSV (RFC 4180). `data` is JSON. */
export const csvLine = (event: ExportedEvent): string =>
  Object.values(columns)
    .map((path) => field(valueAt(event, path)))
    .join(",");

const Members = z.record(z.string(), z.unknown());

function valueAt(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const { data } = Members.safeParse(value);
  return data && valueAt(data[name], rest);
}

/** A spreadsheet takes text that begins so for a formula. */
const formula = /^[=+\-@\t\r]/;

function field(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
