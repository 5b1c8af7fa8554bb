import { z } from "zod";
import { providerOf } from "../models/catalog.ts";
import { costOf } from "../pipeline/model-call.ts";
import type { JobState } from "../pipeline/job.ts";
import { listedStatuses, listedStatusOf } from "../pipeline/job-status.ts";
import { matchedMunicipality } from "../pipeline/matched-municipality.ts";
import { withoutWords } from "../pipeline/without-words.ts";
import { StageName } from "../pipeline/stages/stage-table.ts";
import { isoTime } from "../platform/iso.ts";

/** One job of the list. Times are Unix ms until they are answered. */
export const JobRow = z.object({
  job_id: z.string(),
  user_id: z.string().nullable().describe("Null once the user is erased."),
  trace_id: z.string().nullable(),
  status: z.enum(listedStatuses),
  stage: StageName.nullable().describe("Where it is, or where it ended."),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  model: z.string(),
  provider: z.string().nullable().describe("The provider of the model that was requested."),
  at_fault: z.string().nullable().describe("While it is open: the provider of its last error."),
  region: z.string().nullable(),
  category: z.string().nullable().describe("Its class, as `major > middle`."),
  test_of: z.string().nullable().describe("Of a test scan: the scan whose content it has."),
  submitted_at: isoTime,
  ended_at: isoTime.nullable(),
  next_retry_at: isoTime.nullable(),
  cost_usd: z.number(),
});
export type JobRow = z.input<typeof JobRow>;

/** The row of a job whose object is asked. */
export function rowOfState(state: JobState, now: number): JobRow {
  const { request, checkpoints, traceparent, endedAt, error, provider, readyAt } = state;
  const status = listedStatusOf(state, now);
  return {
    job_id: state.jobId,
    user_id: state.userId,
    trace_id: traceIdOf(traceparent),
    status,
    stage: state.stage,
    error: error && withoutWords(request.user_input).failure(error),
    model: request.model,
    provider: providerOf(request.model),
    at_fault: endedAt === null ? provider : null,
    region: matchedMunicipality(request.region),
    category: checkpoints.vision ? categoryOf(checkpoints.vision.classification) : null,
    test_of: state.test?.of ?? null,
    submitted_at: state.submittedAt,
    ended_at: endedAt,
    next_retry_at: status === "retrying" && readyAt > now ? readyAt : null,
    cost_usd: costOf(state.calls).cost_usd,
  };
}

export const traceIdOf = (traceparent: string | null): string | null =>
  traceparent?.split("-")[1] ?? null;

export const categoryOf = (of: { major_category: string; middle_category: string }): string =>
  `${of.major_category} > ${of.middle_category}`;
