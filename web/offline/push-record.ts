/** What the service worker has to know of the page to ask the API for this browser's scans. */
export interface PushRecord {
  /** Names the subscription to the server. */
  id: string;
  /** The browser's id, which a development server knows it by. */
  userId: string;
  /** The ends that were shown, the newest last. */
  shown: string[];
}

const cacheName = "eco2-push";
const path = "/push-record";
const maxShown = 40;

/** Names the end of a scan: one that is confirmed ends again. */
export const endName = ({ job_id, ended_at }: { job_id: string; ended_at: string }): string =>
  `${job_id} ${ended_at}`;

/** The record of this browser; null for one that is not subscribed. */
export async function readPushRecord(): Promise<PushRecord | null> {
  const kept = await (await caches.open(cacheName)).match(path);
  const record: PushRecord | undefined = await kept?.json();
  return record ?? null;
}

export async function writePushRecord({ shown, ...rest }: PushRecord): Promise<void> {
  const record: PushRecord = { ...rest, shown: shown.slice(-maxShown) };
  await (await caches.open(cacheName)).put(path, Response.json(record));
}

export const deletePushRecord = (): Promise<boolean> => caches.delete(cacheName);
