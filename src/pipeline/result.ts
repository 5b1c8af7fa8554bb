import type { z } from "zod";
import { iso } from "../platform/iso.ts";
import { rewardRefusalMessages, statusMessages } from "../resident-messages.ts";
import type { JobState } from "./job.ts";
import { costOf } from "./model-call.ts";
import type { PendingBody, PipelineResult, ResultBody, Spending } from "./result-body.ts";
import { rewardRefusalOf } from "./reward-refusal.ts";
import { type StageName, stageNames } from "./stages/stage-table.ts";
import type { Classification } from "./taxonomy.ts";

/** The result body of an ended job; null while it has not ended. */
export function resultOf(state: JobState): ResultBody | null {
  const { jobId, status, endedAt, checkpoints } = state;
  if (
    endedAt === null ||
    (status !== "completed" && status !== "failed" && status !== "cancelled")
  ) {
    return null;
  }
  return {
    task_id: jobId,
    status,
    message: statusMessages[status],
    pipeline_result: status === "completed" ? pipelineResult(state) : null,
    reward: status === "completed" ? rewardOf(state) : null,
    reward_pending: status === "completed" && Boolean(checkpoints.reward?.reward_pending),
    reward_refusal: status === "completed" ? refusalWithMessage(state) : null,
    error: state.error,
    metadata: {
      model: state.request.model,
      fallbacks: fallbacksOf(state),
      ...spendingOf(state),
      stage_latencies_ms: latenciesOf(state),
      regulation_version: checkpoints.vision?.regulation_version ?? null,
      regulation: regulationOf(state),
      region: checkpoints.rule?.region ?? null,
    },
  };
}

/** The pending body of a job that has not ended. */
export function pendingOf(state: JobState, now: number): PendingBody {
  const status = state.status === "parked" ? "parked" : "processing";
  return {
    status,
    message: statusMessages[status],
    current_stage: state.stage,
    progress: state.progress,
    attempt: state.attempt,
    next_retry_at: nextRetryAt(state, now),
    last_error: state.error,
  };
}

/** When the next attempt starts, ISO 8601; null while one runs, or nothing failed. */
export function nextRetryAt(
  { error, lease, status, readyAt }: JobState,
  now: number,
): string | null {
  const waits = error && !lease && status !== "parked" && readyAt > now;
  return waits ? iso(readyAt) : null;
}

/** What cannot be named is called by its middle: existing clients would print a null. */
const withMinor = (it: Classification): Classification => ({
  ...it,
  minor_category: it.minor_category ?? it.middle_category,
});

/** The part of the pipeline's result that the completed stages give. */
export function partialResult({ checkpoints, request }: JobState): Partial<PipelineResult> {
  const { vision: seen, rule: found, answer: written } = checkpoints;
  return {
    ...(seen && {
      classification_result: {
        classification: withMinor(seen.classification),
        situation_tags: seen.situation_tags,
        ...(seen.other_items && { other_items: seen.other_items }),
        confidence: seen.confidence,
        candidates: seen.candidates,
        asks: seen.asks,
        confirmed_by: seen.confirmed_by,
        meta: { user_input: request.user_input },
      },
    }),
    ...(found && { disposal_rules: found.rule }),
    ...(written && {
      final_answer: {
        disposal_steps: written.disposal_steps,
        insufficiencies: written.insufficiencies,
        user_answer: written.user_answer,
      },
    }),
  };
}

function pipelineResult(state: JobState): PipelineResult {
  const { classification_result, disposal_rules, final_answer } = partialResult(state);
  if (!classification_result || disposal_rules === undefined || !final_answer) {
    throw new Error("A completed scan lacks a checkpoint");
  }
  return { classification_result, disposal_rules, final_answer };
}

function rewardOf({ checkpoints }: JobState): ResultBody["reward"] {
  const given = checkpoints.reward?.reward;
  if (!given) return null;
  const { name, dialog, match_reason, type, already_owned } = given;
  return { name, dialog, match_reason, type, already_owned };
}

function refusalWithMessage({ checkpoints }: JobState): ResultBody["reward_refusal"] {
  const reason = rewardRefusalOf(checkpoints);
  return reason && { reason, message: rewardRefusalMessages[reason] };
}

/** The job's model calls, and the sum of their tokens and US dollars. */
export const spendingOf = ({ calls }: JobState): z.infer<typeof Spending> => ({
  usage: costOf(calls),
  calls: [...calls],
});

/** Results of other models than the requested one, with the error of the one they replaced. */
function fallbacksOf({ calls, request }: JobState) {
  return calls.flatMap(({ stage, attempt, model, error }) => {
    const failed = calls.find(
      (it) => it.stage === stage && it.attempt === attempt && it.error !== null,
    );
    if (error || model === request.model || !failed?.error) return [];
    return [{ stage, model, instead_of: failed.model, reason: failed.error }];
  });
}

function regulationOf({ checkpoints }: JobState): ResultBody["metadata"]["regulation"] {
  const rule = checkpoints.rule?.rule;
  if (!rule) return null;
  const { key, source } = rule;
  const { effective_date, title, publisher } = source;
  return { key, effective_date, source: title, publisher };
}

function latenciesOf({ timeline }: JobState): Partial<Record<StageName, number>> {
  return Object.fromEntries(
    stageNames.flatMap((name) => {
      const record = timeline[name];
      return record?.completedAt ? [[name, record.completedAt - record.startedAt]] : [];
    }),
  );
}
