import { inject } from "vitest";

/** A reply of a provider, byte by byte as it is sent. */
export interface ScriptedReply {
  status?: number;
  headers?: Record<string, string>;
  /** Each part is sent by itself. */
  parts?: readonly string[];
  /** What happens after the last part; `open` sends nothing more, `endless` sends it again and again. */
  end?: "close" | "reset" | "open" | "endless";
}

/** Lets the scripted model answer every call that contains a text with this reply. */
export async function scriptReply(text: string, reply: ScriptedReply): Promise<void> {
  const url = new URL(inject("modelBaseURL"));
  url.searchParams.set("reply", text);
  await fetch(url, { method: "PUT", body: JSON.stringify(reply) });
}

/** A reply with a JSON body, as errors have it. */
export const jsonReply = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): ScriptedReply => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  parts: [typeof body === "string" ? body : JSON.stringify(body)],
});

/** One event of a stream. */
export const eventOf = (data: unknown): string =>
  `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

/** A stream of chunks that ends with `[DONE]`. */
export const streamReply = (chunks: readonly unknown[]): ScriptedReply => ({
  headers: { "content-type": "text/event-stream" },
  parts: [...chunks, "[DONE]"].map(eventOf),
});

/** A chunk with one choice. */
export const chunkOf = (delta: object | null, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  model: "scripted",
  choices: [{ index: 0, ...(delta && { delta }), finish_reason: null, ...more }],
});

export const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
export const usageChunk = { ...chunkOf(null), choices: [], usage };

/** The object that a model sends for a clear PET bottle. */
export const visionObject = {
  category: "재활용폐기물>무색페트병",
  item: "생수병",
  situation_tags: ["내용물_없음"],
};

/** The chunks of a vision reply: its text in two halves, the finish reason, the usage. */
export function visionChunks(text = JSON.stringify(visionObject), finish: unknown = "stop") {
  const half = Math.ceil(text.length / 2);
  return [
    chunkOf({ role: "assistant", content: text.slice(0, half) }),
    chunkOf({ content: text.slice(half) }),
    chunkOf({}, { finish_reason: finish }),
    usageChunk,
  ];
}
