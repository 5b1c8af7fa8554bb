import type { Usage } from "../pipeline/model-call.ts";
import type { Answer, AnswerInput, OnText, VisionInput, VisionResult } from "../ports.ts";

/** The tokens that a reply was billed for. */
export interface WithUsage {
  usage: Usage;
}

/** One model of one provider. It rejects with the errors of the `Model` port. */
export interface ProviderModel {
  classify(input: VisionInput, signal: AbortSignal): Promise<VisionResult & WithUsage>;
  answer(input: AnswerInput, signal: AbortSignal, onText: OnText): Promise<Answer & WithUsage>;
}
