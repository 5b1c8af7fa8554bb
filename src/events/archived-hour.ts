import { LoggedEvent } from "./logged-event.ts";

export const hourMs = 60 * 60 * 1000;

/** When the UTC hour of a time begins, Unix ms. */
export const hourOf = (at: number): number => Math.floor(at / hourMs) * hourMs;

/** Where an hour is kept, such as `events/2026/11/22/13.ndjson`. Keys are in the order of time. */
export const keyOf = (at: number): string =>
  `events/${new Date(at).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/")}.ndjson`;

export interface ArchivedHour {
  events: LoggedEvent[];
  etag: string;
}

/** What is kept of an hour: one event a line, by cursor. Null when nothing is. */
export async function readHour(bucket: R2Bucket, key: string): Promise<ArchivedHour | null> {
  const object = await bucket.get(key);
  if (!object) return null;
  const lines = (await object.text()).split("\n").filter((line) => line !== "");
  return { events: lines.map((line) => LoggedEvent.parse(JSON.parse(line))), etag: object.etag };
}

/**
 * Writes an hour and reads it back. False when somebody else has written it since it was read, or
 * it does not say what was written; then nothing may be deleted that it should hold.
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
