import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import type { Images } from "../../images/r2.ts";
import { PermanentError } from "../../pipeline/errors.ts";
import type { Photo, Usage } from "../../pipeline/request.ts";
import type { Model } from "../../ports.ts";
import { invalidOutput, refused, translate } from "./errors.ts";
import { answerBriefText, answerPrompt, fence, visionPrompt } from "./prompts.ts";
import { AnswerReply, SightingReply, toClassification } from "./schemas.ts";

export interface OpenAIOptions {
  apiKey: string;
  /** Where the protocol is spoken; OpenAI itself when absent. */
  baseURL?: string | undefined;
  images: Images;
}

/**
 * Models that speak OpenAI's Chat Completions. One client serves them all; the queue retries, so
 * the client does not.
 */
export function openAIProvider({
  apiKey,
  baseURL,
  images,
}: OpenAIOptions): (name: string) => Model {
  const client = new OpenAI({ apiKey, ...(baseURL && { baseURL }), maxRetries: 0 });

  return (model) => {
    /** One streamed call with a strict schema; headers come at once, so a connection slot is soon free. */
    async function ask<Schema extends z.ZodType>(
      { name, schema, system, user }: Ask<Schema>,
      signal: AbortSignal,
    ): Promise<{ reply: z.output<Schema>; usage: Usage }> {
      try {
        const stream = client.chat.completions.stream(
          {
            model,
            messages: [
              { role: "system", content: system },
              { role: "user", content: user },
            ],
            response_format: zodResponseFormat(schema, name),
            stream_options: { include_usage: true },
          },
          { signal },
        );
        const { choices, usage } = await stream.finalChatCompletion();
        const message = choices[0]?.message;
        if (message?.refusal) throw refused(message.refusal);
        if (!message?.content) throw invalidOutput("it is empty");
        return { reply: parse(schema, message.content), usage: toUsage(usage) };
      } catch (error) {
        throw translate(error, signal);
      }
    }

    return {
      async classify({ photo, words }, signal) {
        const { reply, usage } = await ask(
          {
            name: "sighting",
            schema: SightingReply,
            system: visionPrompt,
            user: [{ type: "text", text: fence(words) }, ...(await photoPart(photo, images))],
          },
          signal,
        );
        return {
          classification: toClassification(reply),
          situation_tags: reply.situation_tags,
          notice: null,
          usage,
        };
      },

      async answer(brief, signal) {
        const { reply, usage } = await ask(
          {
            name: "answer",
            schema: AnswerReply,
            system: answerPrompt,
            user: [{ type: "text", text: answerBriefText(brief) }],
          },
          signal,
        );
        return { ...reply, usage };
      },
    };
  };
}

interface Ask<Schema extends z.ZodType> {
  name: string;
  schema: Schema;
  system: string;
  user: OpenAI.ChatCompletionContentPart[];
}

function parse<Schema extends z.ZodType>(schema: Schema, content: string): z.output<Schema> {
  const parsed = schema.safeParse(JSON.parse(content));
  if (!parsed.success) throw invalidOutput(z.prettifyError(parsed.error));
  return parsed.data;
}

const toUsage = (usage: OpenAI.CompletionUsage | undefined): Usage => ({
  input_tokens: usage?.prompt_tokens ?? 0,
  output_tokens: usage?.completion_tokens ?? 0,
});

/** A stored photo goes inline, a public one by address; low detail is enough to name an item. */
async function photoPart(
  photo: Photo | null,
  images: Images,
): Promise<OpenAI.ChatCompletionContentPart[]> {
  if (!photo) return [];
  const url = photo.kind === "url" ? photo.url : await inline(photo, images);
  return [{ type: "image_url", image_url: { url, detail: "low" } }];
}

async function inline(photo: Extract<Photo, { kind: "stored" }>, images: Images): Promise<string> {
  const bytes = await images.get(photo.key);
  if (!bytes) throw new PermanentError("PHOTO_GONE", "The uploaded photo is not stored any more.");
  return `data:${photo.type};base64,${bytes.toBase64()}`;
}
