import type { Usage } from "../pipeline/model-call.ts";
import type { Answer, AnswerBrief, OnText, Question, Sighting } from "../ports.ts";

/** What a reply took. */
export interface Used {
  usage: Usage;
}

/** One model of one provider. Errors are those of the `Model` port. */
export interface ProviderModel {
  classify(question: Question, signal: AbortSignal): Promise<Sighting & Used>;
  answer(brief: AnswerBrief, signal: AbortSignal, onText: OnText): Promise<Answer & Used>;
}
