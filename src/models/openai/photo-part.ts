import type OpenAI from "openai";
import { type Semaphore, byteSemaphore } from "../../images/byte-semaphore.ts";
import { PermanentError } from "../../pipeline/errors.ts";
import type { Photo } from "../../pipeline/request.ts";
import type { ModelRow } from "../catalog.ts";
import { openPhoto, type PhotoAccess, type PhotoBytes } from "../photo-source.ts";

type Part = OpenAI.ChatCompletionContentPart;

/**
 * What an isolate may be sending at once. On its way a photo is in memory about five times, as bytes,
 * base64, JSON, and what is sent: these are 80 MB of 128.
 */
const sending = byteSemaphore({ bytes: 16 * 1024 * 1024, leaseMs: 90_000, timeoutMs: 25_000 });

/**
 * Gives a request its photo as the model takes it: by address, or inline and converted where needed. Low
 * detail is enough to name an item. `send` ends when the request has left, and the photo with it.
 */
export async function withPhoto<Result>(
  photo: Photo | null,
  row: Pick<ModelRow, "name" | "photo_types" | "photos_inline">,
  access: PhotoAccess,
  signal: AbortSignal,
  send: (parts: Part[]) => Promise<Result>,
  semaphore: Semaphore = sending,
): Promise<Result> {
  if (!photo) return send([]);
  if (photo.kind === "url" && !row.photos_inline) return send([partOf(photo.url)]);
  const source = await openPhoto(photo, access, signal);
  return semaphore(source.size, signal, async () => {
    const { bytes, type } = await readable(await source.read());
    return send([partOf(`data:${type};base64,${bytes.toBase64()}`)]);
  });

  async function readable(original: PhotoBytes): Promise<PhotoBytes> {
    if (row.photo_types.includes(original.type)) return original;
    if (access.convert) return access.convert(original.bytes);
    const message = `${row.name} takes no ${original.type}, but ${row.photo_types.join(", ")}.`;
    throw new PermanentError("MODEL_UNSUPPORTED_INPUT", message);
  }
}

const partOf = (url: string): Part => ({ type: "image_url", image_url: { url, detail: "low" } });
