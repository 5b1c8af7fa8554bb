import { maxPhotoBytes, photoTypeOf } from "../images/media-type.ts";
import type { Images } from "../images/r2-images.ts";
import { readAtMost } from "../images/read-at-most.ts";
import { PermanentError, TransientError } from "../pipeline/errors.ts";
import type { Photo } from "../pipeline/request.ts";
import type { PhotoConverter } from "./photo-converter.ts";

export type PhotoStore = Pick<Images, "sizeOf" | "get">;

export interface PhotoBytes {
  bytes: Uint8Array;
  type: string;
}

/** A photo whose bytes are not in memory yet. */
export interface PhotoSource {
  /** Bytes; the most that it may have while its size is not known. */
  size: number;
  /** @throws PermanentError when there is no such photo. */
  read(): Promise<PhotoBytes>;
}

const fetchTimeoutMs = 10_000;
const maxRedirects = 3;

/** Where photos are read from. */
export interface PhotoAccess {
  images: PhotoStore;
  /** Null where nothing converts photos. */
  convert: PhotoConverter | null;
  /** Whether a photo may be fetched from a URL. */
  isAllowed: (url: string) => boolean;
}

export const openPhoto = (photo: Photo, access: PhotoAccess, signal: AbortSignal) =>
  photo.kind === "url"
    ? openPublicPhoto(photo.url, access.isAllowed, signal)
    : openStoredPhoto(photo, access.images);

/** @throws PermanentError `PHOTO_GONE` when it is not stored. */
export async function openStoredPhoto(
  { key, type }: Extract<Photo, { kind: "stored" }>,
  images: PhotoStore,
): Promise<PhotoSource> {
  const size = await images.sizeOf(key);
  if (size === null) throw notStored();
  return {
    size,
    async read() {
      const bytes = await images.get(key);
      if (!bytes) throw notStored();
      return { bytes, type };
    },
  };
}

const notStored = () =>
  new PermanentError("PHOTO_GONE", "The uploaded photo is not stored any more.");

/**
 * Fetches a public photo, for a model that takes photos inline alone.
 *
 * @param isAllowed decides each URL, also those of redirects.
 */
export async function openPublicPhoto(
  address: string,
  isAllowed: (url: string) => boolean,
  attempt: AbortSignal,
): Promise<PhotoSource> {
  const signal = AbortSignal.any([attempt, AbortSignal.timeout(fetchTimeoutMs)]);
  const response = await orUnreachable(attempt, () => follow(address, isAllowed, signal));
  if (!response.ok) {
    await response.body?.cancel();
    const reason = `The photo's address answered ${response.status}.`;
    if (response.status >= 500 || [408, 425, 429].includes(response.status))
      throw unreachable(reason);
    throw new PermanentError("PHOTO_GONE", reason);
  }
  const declared = Number(response.headers.get("content-length") ?? Number.NaN);
  if (declared > maxPhotoBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  return {
    size: Number.isNaN(declared) ? maxPhotoBytes : declared,
    async read() {
      const bytes = await orUnreachable(attempt, () =>
        readAtMost(response, maxPhotoBytes, tooLarge),
      );
      const type = photoTypeOf(bytes);
      if (type) return { bytes, type };
      throw new PermanentError("MODEL_UNSUPPORTED_INPUT", "The address holds no photo.");
    },
  };
}

async function follow(
  address: string,
  isAllowed: (url: string) => boolean,
  signal: AbortSignal,
): Promise<Response> {
  let url = address;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    if (!isAllowed(url))
      throw new PermanentError("PHOTO_GONE", "The photo's address is not public.");
    const response = await fetch(url, {
      redirect: "manual",
      signal,
      headers: { accept: "image/*" },
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    url = new URL(location, url).href;
  }
  throw new PermanentError("PHOTO_GONE", "The photo's address redirects too often.");
}

/** The host's failure is not the provider's, so that it does not count for its breaker. */
async function orUnreachable<Value>(
  attempt: AbortSignal,
  read: () => Promise<Value>,
): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (attempt.aborted || error instanceof PermanentError) throw error;
    throw unreachable(`The photo's address could not be read: ${String(error)}`, error);
  }
}

const unreachable = (message: string, cause?: unknown) =>
  new TransientError("MODEL_PHOTO_UNREACHABLE", message, { cause });

const tooLarge = () =>
  new PermanentError(
    "MODEL_UNSUPPORTED_INPUT",
    `The photo at the address has more than ${maxPhotoBytes} bytes.`,
  );
