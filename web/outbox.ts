import { ApiError } from "../client/src/eco2-edge-client.ts";
import { hasFields } from "../client/src/has-fields.ts";
import { forgetAnswered, markAnswered, wasAnswered } from "./answered-scans.ts";
import { browserStorage, storedRows } from "./browser-storage.ts";
import { inOneTab } from "./in-one-tab.ts";
import { client } from "./resident-client.ts";
import { movePhoto, readPhoto, savePhoto } from "./saved-photos.ts";
import { saveScan } from "./saved-scans.ts";

/** A scan that waits for the network. Its id is its idempotency key, so that it is submitted once. */
export interface UnsentScan {
  id: string;
  words: string;
  region: string;
  hasPhoto: boolean;
}

const longestName = 30;

/** What the resident knows it by. */
export function unsentName({ words }: Pick<UnsentScan, "words">): string {
  const characters = Array.from(words);
  const isLong = characters.length > longestName;
  return isLong ? `${characters.slice(0, longestName).join("")}…` : words || "사진 한 장";
}

const store = browserStorage("localStorage", "eco2-outbox");

/** The scans that wait, the oldest first. */
export const readOutbox = (): UnsentScan[] => storedRows(store.read(), isUnsent);

const isUnsent = (value: unknown): value is UnsentScan =>
  hasFields(value, { id: "string", words: "string", region: "string", hasPhoto: "boolean" });

const write = (scans: UnsentScan[]) => store.write(JSON.stringify(scans));

export async function clearOutbox(): Promise<void> {
  store.clear();
  await forgetAnswered();
}

/** Puts a scan aside until there is a network. False when the browser cannot keep it. */
export async function addToOutbox(scan: UnsentScan, photo: Blob | null): Promise<boolean> {
  if (photo) await savePhoto(scan.id, photo);
  if (photo && !(await readPhoto(scan.id))) return false;
  write([...readOutbox(), scan]);
  return readOutbox().some(({ id }) => id === scan.id);
}

const removeFromOutbox = (id: string) => write(readOutbox().filter((scan) => scan.id !== id));

/** Why the sending has stopped. A scan that may not be taken later was dropped. */
export interface Stopped {
  scan: UnsentScan;
  error: ApiError;
  isLater: boolean;
}

/** Sends what waits, as `sendAll` does, in one tab at a time: each scan is sent once. */
export const sendOutbox = (onSent: () => void): Promise<Stopped | null> =>
  inOneTab("eco2-outbox", () => sendAll(onSent));

/** Submits the scans that wait, the oldest first, until one is not taken; null when all are sent. */
async function sendAll(onSent: () => void): Promise<Stopped | null> {
  for (const scan of readOutbox()) {
    const { id, words, region, hasPhoto } = scan;
    // The tab that had the lock before has sent it.
    if (await wasAnswered(id)) {
      removeFromOutbox(id);
      continue;
    }
    const image = hasPhoto ? await readPhoto(id) : null;
    try {
      const { jobId, streamUrl } = await client.submit(
        { userInput: words, region, image: image ?? undefined },
        { idempotencyKey: id },
      );
      saveScan({ jobId, streamUrl, words, ended: false });
      await markAnswered(id);
      await movePhoto(id, jobId);
      removeFromOutbox(id);
      onSent();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isLater(error)) return { scan, error, isLater: true };
      await markAnswered(id);
      removeFromOutbox(id);
      return { scan, error, isLater: false };
    }
  }
  return null;
}

/** Whether the same scan may be taken later: there is no server, no session yet, or too much at once. */
const isLater = ({ status }: ApiError) =>
  status === 0 || status === 401 || status === 429 || status >= 500;
