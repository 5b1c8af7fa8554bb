import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ownerHash } from "../../src/images/photo-keys.ts";
import { countAllOf } from "../../src/images/retention.ts";
import { signedPhotoPath } from "../../src/images/photo-url.ts";
import { accountIdOf } from "../../src/objects.ts";
import { bucketWith } from "../support/bucket-with.ts";
import { eraseUser } from "../support/erase-user.ts";
import { buildJpeg } from "../support/photos.ts";
import { callApp } from "../support/worker-requests.ts";

interface Upload {
  key: string;
  upload_url: string;
  cdn_url: string;
}

const aUser = () => `user-${crypto.randomUUID()}`;
const as = (user: string) => ({ "x-user-id": user });

async function announced(user: string): Promise<Upload> {
  const response = await callApp({}, "/api/v1/images/scan", {
    method: "POST",
    headers: { ...as(user), "content-type": "application/json" },
    body: JSON.stringify({ filename: "1.jpg", content_type: "image/jpeg" }),
  });
  return response.json();
}

const put = (url: string, body: BodyInit, settings: Partial<Env> = {}) =>
  callApp(settings, url, { method: "PUT", body });
const see = (url: string, headers = {}) => callApp({}, url, { headers });
const remove = (url: string, user: string) =>
  callApp({}, url, { method: "DELETE", headers: as(user) });
const scan = (user: string, body: BodyInit, settings: Partial<Env> = {}) =>
  callApp(settings, "/api/v1/scan", {
    method: "POST",
    headers: {
      ...as(user),
      ...(typeof body === "string" && { "content-type": "application/json" }),
    },
    body,
  });
const form = (photo: Uint8Array<ArrayBuffer>) => {
  const body = new FormData();
  body.set("image", new File([photo], "1.jpg", { type: "image/jpeg" }));
  return body;
};

/** What the bucket holds of a user, empty or not. */
async function objectsOf(user: string): Promise<string[]> {
  const { objects } = await env.IMAGES.list({ prefix: `scan/${await ownerHash(user)}/` });
  return objects.map(({ key }) => key);
}

/** A body that ends after `between`. */
const bodyAround = (photo: Uint8Array<ArrayBuffer>, between: () => Promise<unknown>) => {
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent === 1) await between();
      controller.enqueue(photo.subarray(200 * sent, sent === 0 ? 200 : undefined));
      if (++sent === 2) controller.close();
    },
  });
};

/** How a photo may still arrive when what ended its address has happened, and the answer. */
const arrivals: [string, (upload: Upload, end: () => Promise<unknown>) => Promise<Response>][] = [
  [
    "before it is sent",
    async ({ upload_url }, end) => {
      await end();
      return put(upload_url, buildJpeg());
    },
  ],
  ["while it is sent", ({ upload_url }, end) => put(upload_url, bodyAround(buildJpeg(), end))],
  [
    "before it is stored",
    ({ upload_url }, end) => put(upload_url, buildJpeg(), bucketWith({ beforePut: end })),
  ],
  [
    "after it is stored",
    async ({ upload_url }, end) => {
      await put(upload_url, buildJpeg());
      await end();
      return put(upload_url, buildJpeg());
    },
  ],
];

const ends: [string, (user: string, upload: Upload) => Promise<unknown>, number[]][] = [
  ["erased", (user) => eraseUser(user), [404, 409]],
  ["deleted", (user, { cdn_url }) => remove(cdn_url, user), [409]],
];

describe.each(ends)("an upload address whose user or photo is %s", (_, end, statuses) => {
  it.each(arrivals)("stores nothing when that happens %s", async (_when, arrive) => {
    const user = aUser();
    const upload = await announced(user);
    const response = await arrive(upload, () => end(user, upload));
    expect(statuses).toContain(response.status);
    expect(await objectsOf(user)).toEqual([]);
    expect((await see(upload.cdn_url, as(user))).status).toBe(404);
    const submitted = await scan(user, JSON.stringify({ image_url: upload.cdn_url }));
    expect(submitted.status).toBe(422);
  });

  it("does not keep the user from uploading by another address", async () => {
    const user = aUser();
    const upload = await announced(user);
    await end(user, upload);
    const { upload_url, cdn_url } = await announced(user);
    expect((await put(upload_url, buildJpeg())).status).toBe(200);
    expect((await see(cdn_url, as(user))).status).toBe(200);
  });
});

describe("an erased user's photo", () => {
  it("is not seen by an address of before when the same photo is sent again", async () => {
    const user = aUser();
    const photo = buildJpeg();
    expect((await scan(user, form(photo))).status).toBe(202);
    const [key = ""] = await objectsOf(user);
    const before = (await signedPhotoPath(env, key, accountIdOf(env, user))) ?? "";
    expect((await see(before)).status).toBe(200);
    await eraseUser(user);
    expect((await scan(user, form(photo))).status).toBe(202);
    expect(await objectsOf(user)).toEqual([key]);
    expect((await see(before)).status).toBe(404);
    const after = (await signedPhotoPath(env, key, accountIdOf(env, user))) ?? "";
    expect((await see(after)).status).toBe(200);
  });

  it("is deleted when it was sent with a scan, and the erasure ran before it was stored", async () => {
    const user = aUser();
    const erasing = bucketWith({ beforePut: () => eraseUser(user) });
    const response = await scan(user, form(buildJpeg()), erasing);
    expect(response.status).toBe(503);
    expect(await objectsOf(user)).toEqual([]);
    expect(await env.USER_ACCOUNT.getByName(user).jobs()).toEqual([]);
  });

  it("was an address alone, which is erased and not counted", async () => {
    const user = aUser();
    await announced(user);
    expect(await objectsOf(user)).toHaveLength(1);
    expect(await countAllOf(env, user)).toBe(0);
    await eraseUser(user);
    expect(await objectsOf(user)).toEqual([]);
  });
});
