import { z } from "zod";
import { models } from "../models/catalog.ts";
import { listedStatuses } from "../pipeline/job-status.ts";
import { StageName } from "../pipeline/stages/stage-table.ts";
import type { JobRow } from "./job-row.ts";

const time = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => Date.parse(text))
  .optional();
const text = z.string().trim().min(1).max(200).optional();

/** Which jobs; what is not given does not matter. */
export const jobFilter = {
  q: text.describe("Exactly a `job_id`, a user or a trace id."),
  status: z.enum(listedStatuses).optional(),
  stage: StageName.optional().describe("Where it is, or where it ended."),
  user: text,
  code: text.describe("The code of its last error."),
  model: text.describe("The model that was requested."),
  provider: text.describe("The provider of that model."),
  at_fault: text.describe("Open, and this provider is at fault for its last error."),
  region: text.describe("A region, with those within it."),
  from: time.describe("Ended at this date or time or later; if it is open, submitted then."),
  to: time.describe("Ended before this date or time; if it is open, submitted before."),
};
export type JobFilter = z.output<z.ZodObject<typeof jobFilter>>;

/** Whether a row is one of those that were asked for. */
export function matches(row: JobRow, { q, from, to, region, ...filter }: JobFilter): boolean {
  const at = row.ended_at ?? row.submitted_at;
  const equals: [asked: string | undefined, actual: string | null | undefined][] = [
    [filter.status, row.status],
    [filter.stage, row.stage],
    [filter.user, row.user_id],
    [filter.code, row.error?.code],
    [filter.model, row.model],
    [filter.provider, row.provider],
    [filter.at_fault, row.at_fault],
  ];
  return (
    equals.every(([asked, actual]) => asked === undefined || asked === actual) &&
    (region === undefined || row.region === region || !!row.region?.startsWith(`${region} `)) &&
    (q === undefined || [row.job_id, row.user_id, row.trace_id].includes(q)) &&
    (from === undefined || at >= from) &&
    (to === undefined || at < to)
  );
}

/** The models of a provider. */
export const modelsOf = (provider: string): string[] =>
  models.filter((it) => it.provider === provider).map(({ name }) => name);

/** A member as the log has it; none for one that does not matter. */
const member = (name: string, value: string | undefined) =>
  value === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`];

/** Texts that an event of a wanted job has in its line of the log, all of them. */
export function needlesOf({ q, user, code, model, region, status }: JobFilter): string[] {
  return [
    // A trace id is within a traceparent.
    ...(q === undefined ? [] : [JSON.stringify(q).slice(1, -1)]),
    ...member("status", status),
    ...member("user_id", user),
    ...member("code", code),
    ...member("model", model),
    ...member("region", region).map((it) => it.slice(0, -1)),
  ];
}
