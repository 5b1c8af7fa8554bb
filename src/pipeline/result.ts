import { z } from "zod";
import type { JobState } from "./job.ts";
import { costOf, ModelCall } from "./model-call.ts";
import { Region, Rule } from "./rule.ts";
import { StageName, stageNames } from "./stages/stage-table.ts";
import { answer } from "./stages/answer.ts";
import { Classification, SituationTag } from "./taxonomy.ts";
import { iso } from "../platform/iso.ts";

/** Why it failed: a stable code and an English sentence. */
export const Failure = z.object({ code: z.string(), message: z.string() });

/** What the finished stages have produced; null where one has not finished. */
const PipelineResult = z.object({
  classification_result: z.object({
    classification: Classification,
    situation_tags: z.array(SituationTag),
    meta: z.object({ user_input: z.string().nullable() }),
  }),
  disposal_rules: Rule.nullable(),
  final_answer: answer.output.pick({
    disposal_steps: true,
    insufficiencies: true,
    user_answer: true,
  }),
});
type PipelineResult = z.infer<typeof PipelineResult>;

/** What a scan's model calls were and came to. */
const Spending = z.object({
  usage: z.object({ input_tokens: z.int(), output_tokens: z.int(), cost_usd: z.number() }),
  /** Every call, failed ones and reused answers too, oldest first. */
  calls: z.array(ModelCall.extend({ stage: StageName, attempt: z.int() })),
});

const Metadata = z.object({
  /** The model that was asked for. */
  model: z.string(),
  /** The models that answered in its place, and why. */
  fallbacks: z.array(
    z.object({ stage: StageName, model: z.string(), instead_of: z.string(), reason: Failure }),
  ),
  ...Spending.shape,
  /** Milliseconds each finished stage took, retries and waits included. */
  stage_latencies_ms: z.partialRecord(StageName, z.number()),
  regulation_version: z.string().nullable(),
  /** The document that the rule is from. */
  regulation: z
    .object({
      key: z.string(),
      effective_date: z.string(),
      source: z.string(),
      publisher: z.string(),
    })
    .nullable(),
  /** Whose local rules were asked for and applied; null when none were asked for. */
  region: Region.nullable(),
});

/** The body of an ended scan's `/result`, and of its `done` frame. */
export const ResultBody = z.object({
  task_id: z.string(),
  status: z.enum(["completed", "failed", "cancelled"]),
  message: z.string(),
  pipeline_result: PipelineResult.nullable(),
  reward: z
    .object({
      name: z.string(),
      dialog: z.string(),
      match_reason: z.string(),
      type: z.string(),
      already_owned: z.boolean(),
    })
    .nullable(),
  error: Failure.nullable(),
  metadata: Metadata,
});
export type ResultBody = z.infer<typeof ResultBody>;

/** The body of `/result` while the scan has not ended. */
export interface PendingBody {
  status: "processing" | "parked";
  message: string;
  current_stage: StageName;
  /** Percent, 0 to 100. */
  progress: number;
  attempt: number;
  next_retry_at: string | null;
  last_error: { code: string; message: string } | null;
}

const messages = {
  completed: "분석이 끝났어요.",
  failed: "분석하지 못했어요.",
  cancelled: "분석을 취소했어요.",
  processing: "분석하고 있어요.",
  parked: "잠시 멈췄어요. 자동으로 다시 시작해서 이어서 분석할게요.",
} as const;

/** The result of an ended job, or null while it has not ended. */
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
    message: messages[status],
    pipeline_result: status === "completed" ? pipelineResult(state) : null,
    reward: status === "completed" ? rewardOf(state) : null,
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

/** What is told of a job that has not ended. */
export function pendingOf(state: JobState, now: number): PendingBody {
  const status = state.status === "parked" ? "parked" : "processing";
  return {
    status,
    message: messages[status],
    current_stage: state.stage,
    progress: state.progress,
    attempt: state.attempt,
    next_retry_at: nextRetryAt(state, now),
    last_error: state.error,
  };
}

/** When a failed attempt is tried again, ISO 8601; null while one runs or nothing failed. */
export function nextRetryAt(
  { error, lease, status, readyAt }: JobState,
  now: number,
): string | null {
  const waits = error && !lease && status !== "parked" && readyAt > now;
  return waits ? iso(readyAt) : null;
}

/** As much of the pipeline's result as the finished stages give. */
export function partialResult({ checkpoints, request }: JobState): Partial<PipelineResult> {
  const { vision: seen, rule: found, answer: written } = checkpoints;
  return {
    ...(seen && {
      classification_result: {
        classification: seen.classification,
        situation_tags: seen.situation_tags,
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

/** Tokens and dollars of the job's model calls, in all and call by call. */
export const spendingOf = ({ calls }: JobState): z.infer<typeof Spending> => ({
  usage: costOf(calls),
  calls: [...calls],
});

/** An answer by another model than the one that was asked for, with why that one gave none. */
function fallbacksOf({ calls, request }: JobState) {
  return calls.flatMap(({ stage, attempt, model, error }) => {
    const passedOver = calls.find(
      (it) => it.stage === stage && it.attempt === attempt && it.error !== null,
    );
    if (error || model === request.model || !passedOver?.error) return [];
    return [{ stage, model, instead_of: passedOver.model, reason: passedOver.error }];
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
