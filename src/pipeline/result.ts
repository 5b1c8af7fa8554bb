import { z } from "zod";
import type { JobState } from "./job.ts";
import { noUsage, Usage } from "./request.ts";
import { Rule } from "./rule.ts";
import { StageName, stageNames } from "./stages/index.ts";
import { answer } from "./stages/answer.ts";
import { Classification, SituationTag } from "./taxonomy.ts";

const Failure = z.object({ code: z.string(), message: z.string() });

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

const Metadata = z.object({
  model: z.string(),
  usage: Usage,
  /** Milliseconds each finished stage took, retries and waits included. */
  stage_latencies_ms: z.partialRecord(StageName, z.number()),
  regulation_version: z.string().nullable(),
});

/** The body of an ended scan's `/result`, and of its `done` frame. */
export const ResultBody = z.object({
  task_id: z.string(),
  status: z.enum(["completed", "failed", "cancelled"]),
  message: z.string(),
  pipeline_result: PipelineResult.nullable(),
  reward: z
    .object({ name: z.string(), dialog: z.string(), match_reason: z.string(), type: z.string() })
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
  parked: "잠시 멈췄어요. 다시 시작되면 이어서 분석해요.",
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
      usage: usageOf(state),
      stage_latencies_ms: latenciesOf(state),
      regulation_version: checkpoints.rule?.rule?.version ?? null,
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
  return waits ? new Date(readyAt).toISOString() : null;
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

const pipelineResult = (state: JobState): PipelineResult =>
  PipelineResult.parse(partialResult(state));

function rewardOf({ checkpoints }: JobState): ResultBody["reward"] {
  const given = checkpoints.reward?.reward;
  if (!given) return null;
  const { name, dialog, match_reason, type } = given;
  return { name, dialog, match_reason, type };
}

/** Tokens of the job's recorded model calls. */
export const usageOf = ({ checkpoints: { vision: seen, answer: written } }: JobState): Usage =>
  [seen?.usage, written?.usage].reduce<Usage>(
    (sum, usage) => ({
      input_tokens: sum.input_tokens + (usage?.input_tokens ?? 0),
      output_tokens: sum.output_tokens + (usage?.output_tokens ?? 0),
    }),
    noUsage,
  );

function latenciesOf({ timeline }: JobState): Partial<Record<StageName, number>> {
  return Object.fromEntries(
    stageNames.flatMap((name) => {
      const record = timeline[name];
      return record?.completedAt ? [[name, record.completedAt - record.startedAt]] : [];
    }),
  );
}
