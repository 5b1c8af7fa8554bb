import { parse } from "jsonriver";
import type OpenAI from "openai";
import { TransientError } from "../../pipeline/errors.ts";
import { noUsage, type Usage } from "../../pipeline/model-call.ts";
import { invalidOutput, refused } from "./openai-errors.ts";

/** What a streamed reply came to. */
export interface Reply {
  /** The whole JSON text. */
  content: string;
  usage: Usage;
}

/**
 * Reads a streamed chat completion to its end, since what it cost comes last, even when it turns out
 * not to be usable. `onPart` is given the JSON as far as it has come, each time there is more.
 */
export async function readReply(
  chunks: AsyncIterable<OpenAI.ChatCompletionChunk>,
  onPart: (part: unknown) => void,
): Promise<Reply> {
  let content = "";
  let refusal = "";
  let finish: string | null = null;
  let usage = noUsage;
  let malformed: Error | null = null;
  let broken: unknown;

  const source = chunks[Symbol.asyncIterator]();
  async function* texts(): AsyncGenerator<string> {
    for (;;) {
      const { value: chunk, done } = await source.next().catch((error: unknown) => {
        broken = error;
        throw error;
      });
      if (done) return;
      const [choice] = chunk.choices;
      content += choice?.delta.content ?? "";
      refusal += choice?.delta.refusal ?? "";
      finish = choice?.finish_reason ?? finish;
      if (chunk.usage) {
        const { prompt_tokens: input_tokens, completion_tokens: output_tokens } = chunk.usage;
        usage = { input_tokens, output_tokens };
      }
      if (choice?.delta.content) yield choice.delta.content;
    }
  }

  try {
    for await (const part of parse(texts())) onPart(part);
  } catch (error) {
    // The connection's, or the parser's own.
    if (error === broken) throw error;
    malformed = error instanceof Error ? error : new Error(String(error));
    for await (const _ of texts());
  }
  const told = problemOf({ content, refusal, finish, malformed });
  if (told) throw told(usage);
  return { content, usage };
}

interface Ended {
  content: string;
  refusal: string;
  finish: string | null;
  malformed: Error | null;
}

/** Why what has come is no reply, if it is none. */
function problemOf({ content, refusal, finish, malformed }: Ended) {
  if (refusal) return (usage: Usage) => refused(refusal, usage);
  switch (finish) {
    case "content_filter":
      return (usage: Usage) => refused("content filter", usage);
    case "length":
      return (usage: Usage) =>
        new TransientError("MODEL_OUTPUT_TRUNCATED", "The model stopped at its token limit.", {
          usage,
        });
    case null:
      return (usage: Usage) =>
        new TransientError("MODEL_UNREACHABLE", "The stream ended before the reply did.", {
          usage,
        });
    default:
  }
  if (content.trim() === "") return (usage: Usage) => invalidOutput("it is empty", usage);
  if (malformed) return (usage: Usage) => invalidOutput(malformed.message, usage);
  return null;
}
