import type { CallContent, JobContent } from "../pipeline/job-content.ts";
import { providerOf } from "./catalog.ts";
import { answerInputText, answerPrompt } from "./openai/prompts/answer-prompt.ts";
import { fence } from "./openai/prompts/fence.ts";
import { visionPrompt } from "./openai/prompts/vision-prompt.ts";

export interface Prompt {
  system: string;
  user: string;
  /** Whether the photo was sent with it. */
  photo: boolean;
}

/**
 * The prompt of a call. Prompts are not kept: it is put together anew, by this version's templates, from what the call
 * was given. Null for a result that was reused, for a model that takes no prompt, and where an input is missing.
 */
export function promptOf(call: CallContent, { request }: JobContent): Prompt | null {
  const provider = providerOf(call.model);
  if (call.reused || provider === null || provider === "offline") return null;
  const { photo, user_input: words } = request;
  const { vision, rule } = call.given;
  if (call.stage === "vision") {
    return { system: visionPrompt, user: fence(words), photo: photo !== null };
  }
  if (call.stage !== "answer" || !vision || !rule?.rule) return null;
  const { classification, situation_tags } = vision;
  const input = { photo, words, classification, situation_tags, rule: rule.rule };
  return { system: answerPrompt, user: answerInputText(input), photo: false };
}
