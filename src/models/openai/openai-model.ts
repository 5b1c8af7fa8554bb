import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { PermanentError } from "../../pipeline/errors.ts";
import type { Usage } from "../../pipeline/model-call.ts";
import type { Photo } from "../../pipeline/request.ts";
import type { Classification } from "../../pipeline/taxonomy.ts";
import { notRecognisedMessages } from "../../resident-messages.ts";
import type { Provider } from "../model-registry.ts";
import { translate } from "./provider-error.ts";
import type { ModelRow } from "../catalog.ts";
import type { ProviderModel } from "../provider-model.ts";
import type { PhotoAccess } from "../photo-source.ts";
import { withPhoto } from "./photo-part.ts";
import { answerInputText, answerPrompt } from "./prompts/answer-prompt.ts";
import { fence } from "./prompts/fence.ts";
import { visionPrompt } from "./prompts/vision-prompt.ts";
import { readReply } from "./read-reply.ts";
import { errorTextOf, maxOutputTokens } from "./reply-bounds.ts";
import {
  AnswerOutput,
  AnswerReply,
  toClassification,
  VisionOutput,
  VisionReply,
} from "./schemas.ts";

export interface OpenAIOptions {
  apiKey: string;
  /** Where the protocol is spoken. */
  baseURL: string;
  /** Sent with every call, such as a gateway's own credentials. */
  headers?: Record<string, string>;
  /** Replaces the global one, such as for a binding. */
  fetch?: typeof fetch;
  photos: PhotoAccess;
}

/**
 * Models that speak OpenAI's Chat Completions. One client serves them all; the queue retries, so
 * the client does not.
 */
export function openAIProvider({
  apiKey,
  baseURL,
  headers = {},
  fetch: send,
  photos,
}: OpenAIOptions): Provider {
  const defaultHeaders = { "user-agent": "eco2-edge", ...headers };
  const client = new OpenAI({
    apiKey,
    baseURL,
    defaultHeaders,
    maxRetries: 0,
    fetch: withErrorText(send),
  });
  const formats = {
    vision: zodResponseFormat(VisionReply, "vision"),
    answer: zodResponseFormat(AnswerReply, "answer"),
  };

  function modelOf(row: ModelRow): ProviderModel {
    const settings = {
      model: row.id ?? row.name,
      max_completion_tokens: Math.min(row.max_output_tokens ?? Infinity, maxOutputTokens),
      // Headers of a stream come at once, so that a connection slot is soon free.
      ...(row.streams_schema && { stream: true, stream_options: { include_usage: true } }),
      ...row.parameters,
    };

    /** One call with a strict schema. */
    async function ask<Schema extends z.ZodObject>(
      { format, schema, system, text, photo }: Ask<Schema>,
      signal: AbortSignal,
      onPart: (part: unknown) => void = () => {},
    ): Promise<{ reply: z.output<Schema>; usage: Usage }> {
      try {
        const response = await withPhoto(photo, row, photos, signal, (photoParts) =>
          client.chat.completions
            .create(
              {
                ...settings,
                messages: [
                  { role: "system", content: system },
                  { role: "user", content: [{ type: "text", text }, ...photoParts] },
                ],
                response_format: formats[format],
              },
              { signal },
            )
            .asResponse(),
        );
        return await readReply(response, schema, onPart);
      } catch (error) {
        throw translate(error, signal);
      }
    }

    return {
      async classify({ photo, words }, signal) {
        const { reply, usage } = await ask(
          {
            format: "vision",
            schema: VisionOutput,
            system: visionPrompt,
            text: fence(words),
            photo,
          },
          signal,
        );
        const classification = toClassification(reply);
        if (isNothing(classification)) {
          throw new PermanentError("NOT_RECOGNISED", notRecognised(words), { usage });
        }
        return {
          classification,
          situation_tags: reply.situation_tags,
          other_items: reply.other_items,
          notice: null,
          usage,
        };
      },

      async answer(brief, signal, onText) {
        const { reply, usage } = await ask(
          {
            format: "answer",
            schema: AnswerOutput,
            system: answerPrompt,
            text: answerInputText(brief),
            photo: null,
          },
          signal,
          (part) => {
            const { data } = AnswerSoFar.safeParse(part);
            if (data) onText(data.user_answer);
          },
        );
        return { ...reply, usage };
      },
    };
  }

  return {
    prompt: `${visionPrompt}\n${JSON.stringify(z.toJSONSchema(VisionReply))}`,
    model: modelOf,
  };
}

/** Neither a category nor a name. With a name it was understood, and is no waste. */
const isNothing = ({ major_category, minor_category }: Classification) =>
  major_category === "미분류" && minor_category === null;

const notRecognised = (words: string | null) =>
  words ? notRecognisedMessages.notFound : notRecognisedMessages.photoUnclear;

/**
 * The SDK reads the member `error` of an error's body alone. Gemini sends an array and Workers AI
 * `errors`, so the whole text of the body is passed as `error`.
 */
const withErrorText =
  (send: typeof fetch | undefined): typeof fetch =>
  async (input, init) => {
    const response = await (send ?? fetch)(input, init);
    if (response.ok) return response;
    const headers = new Headers(response.headers);
    for (const name of ["content-encoding", "content-length"]) headers.delete(name);
    // Without a readable body the status decides.
    const error = await errorTextOf(response).catch(() => "");
    return Response.json({ error }, { status: response.status, headers });
  };

/** The part of an answer that its text needs, while the rest is missing. */
const AnswerSoFar = z.object({ user_answer: z.string() });

interface Ask<Schema extends z.ZodObject> {
  format: "vision" | "answer";
  schema: Schema;
  system: string;
  text: string;
  photo: Photo | null;
}
