import { categories } from "../../src/models/openai/schemas.ts";
import { pick, seeded } from "./seeded.ts";

/** The item of most scans is ready to be discharged, so that it is rewarded. */
const unreadyShare = 0.15;

/** What the model says of a scan, by its marker. */
export const replies = {
  vision: (seed: string, marker: string) => ({
    category: pick(categories, seed, "category", marker),
    item: "생수병",
    situation_tags: ["내용물_없음"],
  }),
  answer: (seed: string, marker: string) => ({
    user_answer: "깨끗이 비우고 배출해 주세요. 오늘도 고마워요.",
    insufficiencies: seeded(seed, "unready", marker) < unreadyShare ? ["라벨이 남아 있어요"] : [],
    steps: ["비워 주세요.", "모아 주세요."],
  }),
};
export type CallKind = keyof typeof replies;

const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

const chunk = (choices: unknown[], extra: object = {}) => {
  const data = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model: "storm" };
  return `data: ${JSON.stringify({ ...data, choices, ...extra })}\n\n`;
};

/** The parts of a streamed Chat Completion. */
export function streamOf(text: string): string[] {
  const pieces = text.match(/[^]{1,24}/g) ?? [];
  return [
    ...pieces.map((content) =>
      chunk([{ index: 0, delta: { role: "assistant", content }, finish_reason: null }]),
    ),
    chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
    `${chunk([], { usage })}data: [DONE]\n\n`,
  ];
}
