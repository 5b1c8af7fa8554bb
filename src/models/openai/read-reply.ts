import { parse } from "jsonriver";
import type { z } from "zod";
import type { Usage } from "../../pipeline/model-call.ts";
import { codeOfFinish } from "../error-table.ts";
import { findObject, objectStart } from "./find-object.ts";
import { parseChunk } from "./parse-chunk.ts";
import { longestMessage, modelError, providerError } from "./provider-error.ts";
import { doneMarker, readChunks } from "./read-chunks.ts";
import { maxReplyCharacters, ReplyTooLong } from "./reply-bounds.ts";
import { usageCounter } from "./usage-counter.ts";

/** What has come of a reply. */
interface Received {
  content: string;
  refusal: string;
  finish: string | null;
  /** A chunk that holds an error. */
  failed?: unknown;
  /** Why the reply could not be read to its end. */
  broken?: Error;
}

/**
 * Reads a chat completion, streamed or whole, to its end, because its usage comes last.
 *
 * @param onPart receives the object so far, each time it has grown.
 * @throws the pipeline's errors, with the usage that was reported until then.
 */
export async function readReply<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
  onPart: (part: unknown) => void,
): Promise<{ reply: z.output<Schema>; usage: Usage }> {
  const received: Received = { content: "", refusal: "", finish: null };
  const counter = usageCounter();
  let isDone = false;
  const chunks = readChunks(response, () => isDone);

  /** Reads on, and yields the text of the object. */
  async function* objectText(): AsyncGenerator<string> {
    let isStarted = false;
    for (;;) {
      const next: IteratorResult<unknown> = await chunks.next().catch((error: unknown) => {
        received.broken = error instanceof Error ? error : new Error(String(error));
        return { value: undefined, done: true };
      });
      if (next.done) return;
      const text = add(next.value);
      const start: number = isStarted ? 0 : objectStart(received.content);
      if (text !== "" && start >= 0) yield isStarted ? text : received.content.slice(start);
      isStarted ||= start >= 0;
      if (received.content.length + received.refusal.length > maxReplyCharacters) {
        received.broken = new ReplyTooLong(
          `The reply has more than ${maxReplyCharacters} characters.`,
        );
        await chunks.return();
        return;
      }
    }
  }

  function add(value: unknown): string {
    isDone ||= value === doneMarker;
    const chunk = parseChunk(value);
    if (!chunk) return "";
    if (chunk.hasError) received.failed ??= value;
    counter.add(chunk.usage);
    received.refusal += chunk.refusal;
    received.finish = chunk.finish || received.finish;
    isDone ||= received.finish !== null && counter.isKnown();
    // Some servers repeat the whole text at the end of a stream.
    if (chunk.isWhole && received.content !== "") return "";
    received.content += chunk.content;
    return chunk.content;
  }

  try {
    for await (const part of parse(objectText())) onPart(part);
  } catch {
    // The parser rejects text that is not JSON. What follows is read all the same.
  }
  for await (const _ of objectText());
  return resultOf(received, schema, counter.usage());
}

/**
 * The answer in a reply. A whole one that the schema accepts is taken, whatever broke, failed or went on without end
 * behind it: it is paid for. One that the model or its provider refuses is none.
 */
function resultOf<Schema extends z.ZodType>(received: Received, schema: Schema, usage: Usage) {
  const { content, finish, broken } = received;
  const found = findObject(content, schema);
  const isWhole = "value" in found;
  const failure = failureOf(received, usage);
  if (failure && (failure.code === "MODEL_REFUSED" || !isWhole)) throw failure;
  if (isWhole) return { reply: found.value, usage };
  if (broken || (finish === null && !found.isWhole)) {
    const message = broken?.message ?? "The stream ended before the reply did.";
    const isTooLong = broken instanceof ReplyTooLong;
    const code = isTooLong ? "MODEL_OUTPUT_TRUNCATED" : "MODEL_UNREACHABLE";
    throw modelError(code, message, { cause: broken, usage });
  }
  throw modelError("MODEL_OUTPUT_INVALID", `The model's output is not usable: ${found.reason}`, {
    usage,
  });
}

/** What a reply says has failed; null for nothing. */
function failureOf({ refusal, finish, failed }: Received, usage: Usage) {
  if (failed !== undefined) return providerError(failed, { usage });
  if (refusal !== "") {
    const message = `The model refused: ${refusal.slice(0, longestMessage)}`;
    return modelError("MODEL_REFUSED", message, { usage });
  }
  const code = finish === null ? null : codeOfFinish(finish);
  const message = `The model stopped with the finish reason ${finish?.slice(0, longestMessage)}.`;
  return code && modelError(code, message, { usage });
}
