import { isTerminal, type JobState, type JobStatus } from "./job.ts";
import { nextRetryAt, partialResult, spendingOf } from "./result.ts";
import { type StageName, stageNames, stageOf } from "./stages/stage-table.ts";
import { iso } from "../platform/iso.ts";

/** The snapshot of a job, ended or not: its progress, its stages, and its partial result. */
export function snapshotOf(state: JobState, now: number) {
  return {
    job_id: state.jobId,
    traceparent: state.traceparent,
    status: state.status,
    stage: state.stage,
    progress: state.progress,
    attempt: state.attempt,
    max_attempts: stageOf(state.stage).attempts,
    last_error: state.error,
    next_retry_at: nextRetryAt(state, now),
    model: state.request.model,
    ...spendingOf(state),
    submitted_at: iso(state.submittedAt),
    ended_at: iso(state.endedAt),
    stages: stageNames.map((stage) => ({
      stage,
      status: stageStatus(state, stage),
      attempts: state.timeline[stage]?.attempts ?? 0,
      started_at: iso(state.timeline[stage]?.startedAt),
      completed_at: iso(state.timeline[stage]?.completedAt),
    })),
    partial_result: partialResult(state),
  };
}

function stageStatus(state: JobState, stage: StageName): JobStatus | "pending" | "waiting" {
  if (state.timeline[stage]?.completedAt) return "completed";
  if (stage !== state.stage) return "pending";
  if (state.status === "parked" || isTerminal(state)) return state.status;
  return state.lease ? "running" : "waiting";
}
