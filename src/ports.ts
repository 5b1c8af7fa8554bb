import type { Photo, Usage } from "./pipeline/request.ts";
import type { Rule } from "./pipeline/rule.ts";
import type { Classification, SituationTag } from "./pipeline/taxonomy.ts";

/** What the stages run on. Every adapter is a function that returns one of these. */
export interface Ports {
  /** The model of a scan. Throws `PermanentError` `MODEL_UNSUPPORTED` for a name that is not configured. */
  model(name: string): Model;
  regulations: Regulations;
  characters: Characters;
}

/**
 * A model that looks and writes. Both calls throw `TransientError` where another attempt may help
 * and `PermanentError` where it cannot, and stop when `signal` aborts.
 */
export interface Model {
  classify(question: Question, signal: AbortSignal): Promise<Sighting>;
  answer(brief: AnswerBrief, signal: AbortSignal): Promise<Answer>;
}

export interface Question {
  photo: Photo | null;
  /** The resident's words, as they were typed. */
  words: string | null;
}

export interface Sighting {
  classification: Classification;
  situation_tags: SituationTag[];
  /** What the resident has to know of the classification itself, in Korean. */
  notice: string | null;
  usage: Usage;
}

export interface AnswerBrief extends Question {
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
  usage: Usage;
}

export interface Regulations {
  /** The rule of a classified item; null when no document covers it (미분류). */
  ruleOf(classification: Classification): Promise<Rule | null>;
}

export interface Characters {
  /** The character whose label matches, such as a middle category; null when none does. */
  matching(label: string): Promise<Character | null>;
}

export interface Character {
  code: string;
  name: string;
  type: string;
  dialog: string;
  /** The middle category the character stands for. */
  match: string;
}
