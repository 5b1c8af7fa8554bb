import { z } from "zod";
import { log } from "../platform/log.ts";
import { channels, ownerHash } from "./photo-keys.ts";

type Bucket = Pick<Env, "IMAGES">;

const dayMs = 24 * 60 * 60 * 1000;
export const keptDays = 30;
/** A key is reserved for longer than an upload address is good for. */
const reservedMs = 60 * 60 * 1000;
/** What R2 lists and deletes at once, at most. */
const pageKeys = 1_000;
/** Where a sweep stopped. It is none of the channels, so no photo has this key. */
const placeKey = "retention/after";
const Place = z.string().catch("");

/**
 * Deletes a slice of a user's photos, of every channel. How many there were: repeat until it is 0.
 * Safe to repeat, and to die anywhere.
 */
export async function deleteAllOf({ IMAGES }: Bucket, userId: string): Promise<number> {
  const owner = await ownerHash(userId);
  let deleted = 0;
  for (const channel of channels) {
    const { objects } = await IMAGES.list({ prefix: `${channel}/${owner}/`, limit: pageKeys });
    deleted += await deleteKeys(IMAGES, objects);
  }
  return deleted;
}

/** How many photos a user has, of every channel. Reserved keys are none. */
export async function countAllOf({ IMAGES }: Bucket, userId: string): Promise<number> {
  const owner = await ownerHash(userId);
  let count = 0;
  for (const channel of channels) {
    let cursor: string | undefined;
    do {
      const page = await IMAGES.list({ prefix: `${channel}/${owner}/`, ...(cursor && { cursor }) });
      count += page.objects.filter(({ size }) => size > 0).length;
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor);
  }
  return count;
}

/**
 * Deletes photos that are older than 30 days, and reserved keys that no photo came to, from where the last run stopped and at most `pages` of a
 * thousand. It goes round the whole bucket: an index by age would be one more write an upload, and
 * one more place to erase a user from. A lost place only means to begin again.
 */
export async function deleteExpired(
  { IMAGES }: Bucket,
  { now = Date.now(), pages = 100 }: { now?: number; pages?: number } = {},
): Promise<number> {
  const isExpired = ({ uploaded, size }: R2Object) =>
    now - uploaded.getTime() > (size > 0 ? keptDays * dayMs : reservedMs);
  let after = Place.parse(await (await IMAGES.get(placeKey))?.text());
  let deleted = 0;
  for (let page = 0; page < pages; page++) {
    const { objects, truncated } = await IMAGES.list({ startAfter: after, limit: pageKeys });
    const photos = objects.filter(({ key }) => key !== placeKey);
    deleted += await deleteKeys(IMAGES, photos.filter(isExpired));
    after = truncated ? (objects.at(-1)?.key ?? "") : "";
    await IMAGES.put(placeKey, after);
    if (!truncated) break;
  }
  if (deleted > 0) log("info", "images.expired", { deleted });
  return deleted;
}

async function deleteKeys(bucket: R2Bucket, objects: readonly R2Object[]): Promise<number> {
  if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
  return objects.length;
}
