import type { JobEvent } from "./job-events.ts";
import { callsOf } from "./job-content.ts";
import { replay } from "./job.ts";
import { costOf } from "./model-call.ts";

/** What a scan does between two of its events. */
type Phase = "wait" | "work" | "parked";

/** What begins with an event; an event that is not named changes nothing. */
const phaseAfter: Partial<Record<JobEvent["type"], Phase>> = {
  queued: "wait",
  confirmed: "wait",
  steps_done: "wait",
  started: "work",
  completed: "wait",
  retrying: "wait",
  postponed: "wait",
  resumed: "wait",
  parked: "parked",
};

/**
 * The fields of the one log line of a run that has ended: what an operator asks about a scan. Ids, codes, names
 * of the catalog and numbers only: no user, not even as a pseudonym.
 *
 * @param events the job's whole log. A confirmation starts a run of its own.
 */
export function scanLineOf(events: readonly JobEvent[]) {
  const state = replay(events);
  if (!state) return {};
  const run = events.slice(
    events.findLastIndex(({ type }) => type === "queued" || type === "confirmed"),
  );
  const calls = run.flatMap(callsOf);
  const count = (isIt: (event: JobEvent) => boolean) => run.filter(isIt).length;
  const { request, checkpoints, confirmation } = state;
  const { classification, asks } = checkpoints.vision ?? {};
  const { reward, reward_pending } = checkpoints.reward ?? {};
  return {
    job: state.jobId,
    status: state.status,
    /** The stage that ran last, and the error that ended it. */
    stage: state.stage,
    code: state.error?.code,
    ...timesOf(run),
    attempts: count(({ type }) => type === "started"),
    retries: count((it) => it.type === "retrying" && it.budget === "attempt"),
    crashes: count((it) => it.type === "retrying" && it.budget === "crash"),
    postponed: count((it) =>
      it.type === "retrying" ? it.budget === "wait" : it.type === "postponed",
    ),
    redrives: count(({ type }) => type === "resumed"),
    lane: state.lane,
    photo: request.photo?.kind ?? null,
    models: [...new Set(calls.map(({ model }) => model))],
    calls: calls.length,
    failed_calls: calls.filter(({ error }) => error !== null).length,
    cached: calls.some(({ reused }) => reused),
    ...costOf(calls),
    category:
      classification && `${classification.major_category}>${classification.middle_category}`,
    asks,
    confirmed_by: confirmation?.by,
    reward: reward ? "announced" : reward_pending ? "pending" : "none",
    test: state.test !== null || undefined,
    trace_id: state.traceparent.split("-")[1] ?? "",
  };
}

/** How long the run took, and how much of that it waited for queues and retries, ran stages, and was parked. */
function timesOf(run: readonly JobEvent[]) {
  const spent = { wait: 0, work: 0, parked: 0 };
  let phase: Phase = "wait";
  for (const [index, { type, at }] of run.entries()) {
    spent[phase] += at - (run[index - 1]?.at ?? at);
    phase = phaseAfter[type] ?? phase;
  }
  const { wait, work, parked } = spent;
  return { duration_ms: wait + work + parked, wait_ms: wait, work_ms: work, parked_ms: parked };
}
