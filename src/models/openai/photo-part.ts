import type OpenAI from "openai";
import type { Images } from "../../images/r2-images.ts";
import { type Semaphore, byteSemaphore } from "../../images/byte-semaphore.ts";
import { PermanentError } from "../../pipeline/errors.ts";
import type { Photo } from "../../pipeline/request.ts";

type Part = OpenAI.ChatCompletionContentPart;
export type PhotoStore = Pick<Images, "sizeOf" | "get">;

/**
 * What an isolate may be sending at once. On its way a photo is in memory about five times, as bytes,
 * base64, JSON, and what is sent: these are 80 MB of 128.
 */
const sending = byteSemaphore({ bytes: 16 * 1024 * 1024, leaseMs: 90_000, timeoutMs: 25_000 });

/**
 * Gives a request its photo: a stored one inline, a public one by address; low detail is enough to
 * name an item. `send` ends when the request has left, and the photo with it.
 */
export async function withPhoto<Result>(
  photo: Photo | null,
  images: PhotoStore,
  signal: AbortSignal,
  send: (parts: Part[]) => Promise<Result>,
  semaphore: Semaphore = sending,
): Promise<Result> {
  if (!photo) return send([]);
  if (photo.kind === "url") return send([partOf(photo.url)]);
  const size = await images.sizeOf(photo.key);
  if (size === null) throw gone();
  return semaphore(size, signal, async () => {
    const bytes = await images.get(photo.key);
    if (!bytes) throw gone();
    return send([partOf(`data:${photo.type};base64,${bytes.toBase64()}`)]);
  });
}

const partOf = (url: string): Part => ({ type: "image_url", image_url: { url, detail: "low" } });

const gone = () => new PermanentError("PHOTO_GONE", "The uploaded photo is not stored any more.");
