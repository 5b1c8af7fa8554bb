import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { cleanPhoto } from "../../src/images/clean/clean-photo.ts";
import { newPhotoKey } from "../../src/images/photo-keys.ts";
import { namedPhoto, r2Images } from "../../src/images/r2-images.ts";
import { deleteAllOf, deleteExpired } from "../../src/images/retention.ts";
import { buildJpeg } from "../support/photos.ts";

const images = r2Images(env.IMAGES);
const dayMs = 24 * 60 * 60 * 1000;
const aUser = () => `user-${crypto.randomUUID()}`;

async function stored(userId: string, channel: "scan" | "chat" | "my" = "scan"): Promise<string> {
  const key = await newPhotoKey(channel, userId);
  await images.reserve(key);
  await images.putReserved(key, cleanPhoto(buildJpeg()));
  return key;
}
const isThere = async (key: string) => (await images.find(key)) !== null;

describe("erasing a user's photos", () => {
  it("deletes those of every channel, and nobody else's", async () => {
    const [userId, other] = [aUser(), aUser()];
    const keys = [await stored(userId), await stored(userId, "chat"), await stored(userId, "my")];
    const photo = await namedPhoto(userId, cleanPhoto(buildJpeg()));
    await images.put(photo);
    const theirs = await stored(other);
    expect(await deleteAllOf(env, userId)).toBe(4);
    expect(await Promise.all([...keys, photo.key].map(isThere))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(await isThere(theirs)).toBe(true);
    expect(await deleteAllOf(env, userId)).toBe(0);
  });
});

describe("photos that are old", () => {
  const inDays = (days: number) => Date.now() + days * dayMs;

  it("are deleted after 30 days", async () => {
    const key = await stored(aUser());
    await deleteExpired(env, { now: inDays(29.9) });
    expect(await isThere(key)).toBe(true);
    expect(await deleteExpired(env, { now: inDays(30.1) })).toBeGreaterThan(0);
    expect(await isThere(key)).toBe(false);
  });

  it("are not waited for: a key that no photo came to is deleted after an hour", async () => {
    const key = await newPhotoKey("scan", aUser());
    await images.reserve(key);
    await deleteExpired(env, { now: Date.now() + 59 * 60_000 });
    expect(await images.isReserved(key)).toBe(true);
    await deleteExpired(env, { now: Date.now() + 61 * 60_000 });
    expect(await images.isReserved(key)).toBe(false);
    expect(await images.putReserved(key, cleanPhoto(buildJpeg()))).toBe(false);
    expect(await isThere(key)).toBe(false);
  });

  it("are found page by page, by runs that continue where the last one stopped", async () => {
    const keys = await Promise.all(Array.from({ length: 3 }, () => stored(aUser())));
    // So many that one page does not reach them all.
    const filler = Array.from({ length: 1_001 }, (_, index) => `chat/0/${index}`);
    for (let at = 0; at < filler.length; at += 50) {
      await Promise.all(filler.slice(at, at + 50).map((key) => env.IMAGES.put(key, "x")));
    }
    expect(await deleteExpired(env, { now: inDays(31), pages: 1 })).toBe(1_000);
    expect(await Promise.all(keys.map(isThere))).toEqual([true, true, true]);
    expect(await deleteExpired(env, { now: inDays(31), pages: 1 })).toBe(4);
    expect(await Promise.all(keys.map(isThere))).toEqual([false, false, false]);
  });

  it("are found from the beginning when the cursor is lost", async () => {
    const key = await stored(aUser());
    await env.IMAGES.delete("retention/after");
    await deleteExpired(env, { now: inDays(31) });
    expect(await isThere(key)).toBe(false);
    expect(await deleteExpired(env, { now: inDays(31) })).toBe(0);
  });

  it("are as old as their last upload", async () => {
    const photo = await namedPhoto(aUser(), cleanPhoto(buildJpeg()));
    const { key } = photo;
    await images.put(photo);
    const first = (await env.IMAGES.head(key))?.uploaded.getTime() ?? 0;
    await expect
      .poll(async () => {
        await images.put(photo);
        return (await env.IMAGES.head(key))?.uploaded.getTime();
      })
      .toBeGreaterThan(first);
  });
});
