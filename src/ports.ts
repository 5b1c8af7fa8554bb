import type { Certainty } from "./pipeline/certainty.ts";
import type { ModelCall } from "./pipeline/model-call.ts";
import type { Owner, Photo } from "./pipeline/request.ts";
import type { Region, Rule } from "./pipeline/item-rule.ts";
import type { Classification, SituationTag } from "./pipeline/taxonomy.ts";

/** The interfaces that stages run on. Each adapter is a function that returns one of them. */
export interface Ports {
  /**
   * The model that a scan names, followed by its fallbacks.
   *
   * @throws PermanentError `MODEL_UNSUPPORTED` when the name is not configured.
   */
  model(name: string): Model;
  regulations: Regulations;
  characters: Characters;
  rewards: Rewards;
}

/**
 * A model that classifies an item and writes the answer.
 *
 * Both calls reject with `TransientError` where another attempt can help and with `PermanentError`
 * where it cannot. The error carries the model calls that were made. Both stop when `signal` aborts.
 */
export interface Model {
  classify(
    input: VisionInput & CallBudget,
    signal: AbortSignal,
  ): Promise<VisionResult & ModelCalls>;
  /** @param onText receives the whole `user_answer` so far, each time it grows. */
  answer(
    input: AnswerInput & Pick<CallBudget, "spent_usd">,
    signal: AbortSignal,
    onText: OnText,
  ): Promise<Answer & ModelCalls>;
}

export type OnText = (textSoFar: string) => void;

/** What limits the cost of a call. */
export interface CallBudget {
  /** US dollars that the scan has cost so far. */
  spent_usd: number;
  /** Whether a cached result for the same photo may be used. */
  reuse: boolean;
}

/** The model calls of one attempt in order. The last one gave the answer. */
export interface ModelCalls {
  calls: ModelCall[];
}

export interface VisionInput {
  photo: Photo | null;
  /** The resident's text as it was typed; null when there is a photo alone. */
  words: string | null;
  regulation_version: string;
}

export interface VisionResult {
  classification: Classification;
  situation_tags: SituationTag[];
  /** A remark on the classification for the resident, in Korean; null when there is none. */
  notice: string | null;
  /** The names of what else is there, in Korean; absent when there is nothing else. */
  other_items?: string[] | undefined;
  /** Absent when the model states no probabilities. */
  certainty?: Certainty | undefined;
}

export interface AnswerInput extends Omit<VisionInput, "regulation_version"> {
  classification: Classification;
  situation_tags: SituationTag[];
  rule: Rule;
}

export interface Answer {
  /** Korean sentences in the order in which the resident does them; ten at most. */
  steps: string[];
  /** What is missing before the item can be discharged, in Korean; empty when it is ready. */
  insufficiencies: string[];
  /** The answer to the resident's text, in Korean. */
  user_answer: string;
}

export interface Regulations {
  /** The published version. */
  version(): Promise<string>;
  /**
   * The rule of a classified item.
   *
   * @param region the resident's region code, for local rules.
   * @returns `rule` is null when no document covers the item (미분류).
   */
  ruleOf(
    classification: Classification,
    version: string,
    region: string | null,
  ): Promise<{ rule: Rule | null; region: Region | null }>;
}

export interface Characters {
  /** The character whose `match` is this label, such as a middle category; null when none is. */
  matching(label: string): Promise<Character | null>;
}

export interface Rewards {
  /**
   * Whether a scan from words alone may give its user a character: one that the user owns, or the first new one of
   * the day. The reply to the same scan is the same.
   */
  allowForWords(owner: Pick<Owner, "job_id" | "user_id">, code: string): Promise<boolean>;
}

export interface Character {
  code: string;
  name: string;
  type: string;
  dialog: string;
  /** The middle category of the waste that the character represents. */
  match: string;
}
