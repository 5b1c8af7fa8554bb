import { type Accepted, ApiError } from "../client/src/eco2-edge-client.ts";
import { problemMessage } from "../client/src/ko.ts";
import { randomId } from "../client/src/random-id.ts";
import { addToOutbox } from "./outbox.ts";
import type { Photo } from "./prepare-photo.ts";
import { client } from "./resident-client.ts";

interface ScanToSend {
  /** The same for each attempt at the same scan, so that it is submitted once. */
  id: string;
  words: string;
  region: string;
  photo: Photo | null;
}

/** Why a scan was not taken, in the resident's words. */
export type Problem = ReturnType<typeof problemMessage>;

/**
 * Submits a scan; without a network it is put aside.
 * @param onAttempt Called with the number of each further attempt.
 */
export async function sendScan(
  scan: ScanToSend,
  onAttempt: (n: number) => void,
): Promise<Accepted | "put aside" | Problem> {
  const { id, words, region, photo } = scan;
  if (!navigator.onLine) {
    const isKept = await addToOutbox(
      { id, words, region, hasPhoto: photo !== null },
      photo?.blob ?? null,
    );
    return isKept ? "put aside" : problemMessage({ status: 0, code: null, errors: [] });
  }
  try {
    return await client.submit(
      { userInput: words, region, image: photo?.blob },
      { idempotencyKey: id, onRetry: onAttempt },
    );
  } catch (error) {
    if (error instanceof ApiError) return problemMessage(error);
    throw error;
  }
}

/** Puts photos aside, each as a scan of its own. Returns those from the first one on that the browser cannot keep. */
export async function putPhotosAside(
  photos: readonly Photo[],
  words: string,
  region: string,
): Promise<Photo[]> {
  for (const [index, { blob }] of photos.entries()) {
    const scan = { id: randomId(), words, region, hasPhoto: true };
    if (!(await addToOutbox(scan, blob))) return photos.slice(index);
  }
  return [];
}
