import type { ModelCall } from "./pipeline/model-call.ts";
import type { Owner, Photo } from "./pipeline/request.ts";
import type { Region, Rule } from "./pipeline/rule.ts";
import type { Classification, SituationTag } from "./pipeline/taxonomy.ts";

/** What the stages run on. Every adapter is a function that returns one of these. */
export interface Ports {
  /** The model of a scan, with those that stand in for it. */
  model(name: string): Model;
  regulations: Regulations;
  characters: Characters;
}

/**
 * A model that looks and writes. Both calls throw `TransientError` where another attempt may help
 * and `PermanentError` where it cannot, with the calls that were made, and stop when `signal` aborts.
 */
export interface Model {
  classify(question: Question & Spending, signal: AbortSignal): Promise<Sighting & Made>;
  /** `onText` is given what there is of `user_answer` so far, each time there is more. */
  answer(
    brief: AnswerBrief & Pick<Spending, "spent_usd">,
    signal: AbortSignal,
    onText: OnText,
  ): Promise<Answer & Made>;
}

export type OnText = (textSoFar: string) => void;

/** What bounds the cost of a call. */
export interface Spending {
  /** US dollars that the scan has cost so far. */
  spent_usd: number;
  /** Whether an earlier sighting of the same photo may be reused. */
  reuse: boolean;
}

/** The calls it took, the one that answered last. */
export interface Made {
  calls: ModelCall[];
}

export interface Question {
  photo: Photo | null;
  /** The resident's words, as they were typed. */
  words: string | null;
  regulation_version: string;
}

export interface Sighting {
  classification: Classification;
  situation_tags: SituationTag[];
  /** What the resident has to know of the classification itself, in Korean. */
  notice: string | null;
}

export interface AnswerBrief extends Omit<Question, "regulation_version"> {
  classification: Classification;
  situation_tags: SituationTag[];
  rule: Rule;
}

export interface Answer {
  /** Ordered, at most ten, Korean. */
  steps: string[];
  /** What is still to be done before the item can be discharged; empty when it is ready. */
  insufficiencies: string[];
  user_answer: string;
}

export interface Regulations {
  /** The version that is published now. */
  version(): Promise<string>;
  /** The rule of a classified item under a version; null when no document covers it (미분류). */
  ruleOf(
    classification: Classification,
    version: string,
    region: string | null,
  ): Promise<{ rule: Rule | null; region: Region | null }>;
}

export interface Characters {
  /** The character whose label matches, such as a middle category; null when none does. */
  matching(label: string): Promise<Character | null>;
  /** Gives one to a scan's owner, once. Whether they had it before. */
  grant(owner: Owner, code: string): Promise<boolean>;
}

export interface Character {
  code: string;
  name: string;
  type: string;
  dialog: string;
  /** The middle category the character stands for. */
  match: string;
}
