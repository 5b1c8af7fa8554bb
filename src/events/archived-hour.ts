import { LoggedEvent } from "./logged-event.ts";

export const hourMs = 60 * 60 * 1000;

/** The start of the UTC hour that a time is in, Unix ms. */
export const hourOf = (at: number): number => Math.floor(at / hourMs) * hourMs;

/** The R2 key of an hour, such as `events/2026/11/22/13.ndjson`. Keys sort by time. */
export const keyOf = (at: number): string =>
  `events/${new Date(at).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/")}.ndjson`;

export interface ArchivedHour {
  events: LoggedEvent[];
  etag: string;
}

/** Reads an hour's NDJSON, one event a line in the order of cursors. Null when there is no object. */
export async function readHour(bucket: R2Bucket, key: string): Promise<ArchivedHour | null> {
  const object = await bucket.get(key);
  if (!object) return null;
  const lines = (await object.text()).split("\n").filter((line) => line !== "");
  return { events: lines.map((line) => LoggedEvent.parse(JSON.parse(line))), etag: object.etag };
}

/**
 * Writes an hour and reads it back.
 * @param before the object that was read, or null when there was none.
 * @returns false when another writer was first, or the object differs from what was written. Its events
 * must then not be deleted elsewhere.
 */
export async function writeHour(
  bucket: R2Bucket,
  key: string,
  events: readonly LoggedEvent[],
  before: ArchivedHour | null,
): Promise<boolean> {
  const text = `${events.map((event) => JSON.stringify(event)).join("\n")}\n`;
  const written = await bucket.put(key, text, {
    onlyIf: before ? { etagMatches: before.etag } : new Headers({ "if-none-match": "*" }),
    httpMetadata: { contentType: "application/x-ndjson" },
  });
  if (!written) return false;
  const object = await bucket.get(key);
  return (await object?.text()) === text;
}
