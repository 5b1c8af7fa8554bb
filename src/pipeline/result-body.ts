import { z } from "zod";
import { certaintyShape } from "./certainty.ts";
import { FailureCode } from "./failure-codes.ts";
import { ModelCall } from "./model-call.ts";
import { Region, Rule } from "./item-rule.ts";
import { RewardRefusal } from "./reward-refusal.ts";
import { answer } from "./stages/answer.ts";
import { StageName } from "./stages/stage-table.ts";
import { Classification, OtherItems, SituationTag } from "./taxonomy.ts";

/** Why it failed: a stable code and an English sentence. */
export const Failure = z.object({ code: FailureCode, message: z.string() });
type Failure = z.infer<typeof Failure>;

/** The outputs of the stages of a completed scan. */
export const PipelineResult = z.object({
  classification_result: z.object({
    classification: Classification,
    situation_tags: z.array(SituationTag),
    other_items: OtherItems.optional(),
    ...certaintyShape,
    meta: z.object({ user_input: z.string().nullable() }),
  }),
  disposal_rules: Rule.nullable(),
  final_answer: answer.output.pick({
    disposal_steps: true,
    insufficiencies: true,
    user_answer: true,
  }),
});
export type PipelineResult = z.infer<typeof PipelineResult>;

/** The model calls of a scan, and their sum. */
export const Spending = z.object({
  usage: z.object({ input_tokens: z.int(), output_tokens: z.int(), cost_usd: z.number() }),
  /** Every call, including failed ones and cached results, oldest first. */
  calls: z.array(ModelCall.extend({ stage: StageName, attempt: z.int() })),
});

const Metadata = z.object({
  /** The model that was requested. */
  model: z.string(),
  /** The models that answered instead, and why. */
  fallbacks: z.array(
    z.object({ stage: StageName, model: z.string(), instead_of: z.string(), reason: Failure }),
  ),
  ...Spending.shape,
  /** Milliseconds of each completed stage, with its retries and waits. */
  stage_latencies_ms: z.partialRecord(StageName, z.number()),
  regulation_version: z.string().nullable(),
  /** The document of the rule. */
  regulation: z
    .object({
      key: z.string(),
      effective_date: z.string(),
      source: z.string(),
      publisher: z.string(),
    })
    .nullable(),
  /** The requested and the applied region; null when none was requested. */
  region: Region.nullable(),
});

/** The body of an ended scan's `/result`, and the `result` of its `done` frame. */
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
  /** The catalog was not reached in time: a character may be granted later. */
  reward_pending: z.boolean(),
  /** Why a completed scan has no character, with a sentence for the resident; null when it has one. */
  reward_refusal: z.object({ reason: RewardRefusal, message: z.string() }).nullable(),
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
  last_error: Failure | null;
}
