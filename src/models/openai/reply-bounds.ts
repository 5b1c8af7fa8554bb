/** Tokens of a reply, thoughts included. A longer one is a loop. */
export const maxOutputTokens = 16_384;
/** Bytes of a reply's body: so many tokens, each in an event of its own. */
export const maxReplyBytes = maxOutputTokens * 512;
/** Characters of a reply's text: six a token. */
export const maxReplyCharacters = maxOutputTokens * 6;
/** Bytes that are read of an error's body. */
const maxErrorBytes = 64 * 1024;

/** A reply that goes on beyond its bound. */
export class ReplyTooLong extends Error {
  override readonly name = "ReplyTooLong";
}

/** The beginning of an error's body as text. The rest is not read. */
export async function errorTextOf({
  body,
}: {
  body: ReadableStream<Uint8Array> | null;
}): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of body ?? []) {
    text += decoder.decode(part, { stream: true });
    bytes += part.length;
    if (bytes >= maxErrorBytes) break;
  }
  return text;
}
