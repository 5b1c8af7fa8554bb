import { createParser } from "eventsource-parser";
import { parsedJson } from "../../platform/parsed-json.ts";
import { modelError } from "./provider-error.ts";
import { maxReplyBytes, ReplyTooLong } from "./reply-bounds.ts";

/** The last event of a stream. */
export const doneMarker = "[DONE]";

const shownCharacters = 80;
/** How long a server may send more after its reply is complete, ms. Some never close the stream. */
const closingMs = 250;

/**
 * Reads the chunks of a reply: the events of a stream, or a JSON body, whatever its content type is.
 * Events that are not JSON, such as heartbeats, are left out.
 *
 * @param isComplete whether the chunks so far are a complete reply.
 * @throws TransientError `MODEL_UNREACHABLE` when the body is neither, ReplyTooLong when it goes on beyond its bound.
 */
export async function* readChunks(
  response: Response,
  isComplete: () => boolean,
): AsyncGenerator<unknown, void> {
  const chunks: unknown[] = [];
  const parser = createParser({
    onEvent({ event, data }) {
      const value = data.trim() === doneMarker ? doneMarker : parsedJson(data);
      if (value !== undefined) chunks.push(event === "error" ? { error: value } : value);
    },
  });
  // The whole body when it is JSON, otherwise its beginning.
  let text = "";
  let isJson = false;
  let isStream = false;
  let bytes = 0;
  let broken: { error: unknown } | null = null;
  // Without a stream between: one drops what it holds when the connection breaks.
  const body: ReadableStream<Uint8Array> = response.body ?? new Blob().stream();
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const next = () => (isComplete() ? Promise.race([reader.read(), closing()]) : reader.read());
  try {
    for (let part = await next(); !part.done; part = await next()) {
      bytes += part.value.length;
      if (bytes > maxReplyBytes)
        throw new ReplyTooLong(`The reply has more than ${maxReplyBytes} bytes.`);
      const decoded = decoder.decode(part.value, { stream: true });
      const isBeginning = text.length < shownCharacters;
      if (isJson || isBeginning) text += decoded;
      // The whole text, tested again with each part, would take the square of its length.
      if (isBeginning) isJson = /^\s*[[{]/.test(text);
      parser.feed(decoded);
      isStream ||= chunks.length > 0;
      yield* chunks.splice(0).flat();
    }
  } catch (error) {
    broken = { error };
  } finally {
    // One that is broken already rejects.
    await reader.cancel().catch(() => {});
  }
  // A stream may end without the empty line that ends its last event.
  parser.feed("\n\n");
  yield* chunks.flat();
  if (broken) throw broken.error;
  if (isStream || chunks.length > 0) return;
  const whole = parsedJson(text);
  if (typeof whole !== "object" || whole === null) throw notAStream(response, text);
  yield* [whole].flat();
}

const closing = async () => {
  await scheduler.wait(closingMs);
  return { done: true, value: undefined } as const;
};

function notAStream({ headers }: Response, text: string): Error {
  const type = headers.get("content-type") ?? "a body without a content type";
  const beginning = text.trim().slice(0, shownCharacters);
  return modelError(
    "MODEL_UNREACHABLE",
    `The provider sent no stream but ${type}: ${beginning || "nothing"}`,
  );
}
