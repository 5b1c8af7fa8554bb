import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ownerHash } from "../../src/images/photo-keys.ts";
import { appFetch } from "../support/app-fetch.ts";
import { buildJpeg } from "../support/photos.ts";

afterEach(() => void vi.useRealTimers());

const aUser = () => `user-${crypto.randomUUID()}`;
const as = (user: string) => ({ "x-user-id": user });

interface Upload {
  upload_url: string;
}

/** The API with limits. */
function api(limits: Partial<Env>) {
  const fetch = appFetch(limits, "http://localhost");
  return {
    announce: (user: string) =>
      fetch("/api/v1/images/my", {
        method: "POST",
        headers: { ...as(user), "content-type": "application/json" },
        body: JSON.stringify({ filename: "1.jpg", content_type: "image/jpeg" }),
      }),
    put: async (announced: Response, body: BodyInit) => {
      const { upload_url } = await announced.json<Upload>();
      const { pathname, search } = new URL(upload_url);
      return fetch(pathname + search, { method: "PUT", body });
    },
  };
}

const objectsOf = async (user: string, channel = "my") =>
  (await env.IMAGES.list({ prefix: `${channel}/${await ownerHash(user)}/` })).objects;

async function expectRefused(response: Response) {
  expect(response.status).toBe(429);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await response.json()).toMatchObject({ code: "RATE_LIMITED" });
}

describe("a user who has sent as many photos as one may a day", () => {
  it("is given no upload address, for which nothing is written", async () => {
    const user = aUser();
    const { announce } = api({ PHOTOS_PER_DAY: "2" });
    expect((await announce(user)).status).toBe(200);
    expect((await announce(user)).status).toBe(200);
    await expectRefused(await announce(user));
    expect(await objectsOf(user)).toHaveLength(2);
    expect((await announce(aUser())).status).toBe(200);
  });

  it("is given one again on the next day in Korea", async () => {
    const user = aUser();
    const { announce } = api({ PHOTOS_PER_DAY: "1" });
    await announce(user);
    await expectRefused(await announce(user));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 60 * 60 * 1000 });
    expect((await announce(user)).status).toBe(200);
  });

  it("uploads no other, whatever became of the first ones", async () => {
    const user = aUser();
    const { announce } = api({});
    const { put } = api({ PHOTOS_PER_DAY: "2" });
    const addresses = [await announce(user), await announce(user), await announce(user)] as const;
    expect((await put(addresses[0], "no photo")).status).toBe(415);
    expect((await put(addresses[1], buildJpeg())).status).toBe(200);
    await expectRefused(await put(addresses[2], buildJpeg()));
    expect((await objectsOf(user)).filter(({ size }) => size > 0)).toHaveLength(1);
  });

  it("uploads no more bytes", async () => {
    const user = aUser();
    const { announce, put } = api({ PHOTO_MB_PER_DAY: "1" });
    expect((await put(await announce(user), buildJpeg())).status).toBe(200);
    await expectRefused(await put(await announce(user), new Uint8Array(1024 * 1024)));
    expect((await put(await announce(user), buildJpeg())).status).toBe(200);
  });
});

describe("the photo of a scan beyond a quota", () => {
  const form = (photo: string | Uint8Array<ArrayBuffer>) => {
    const body = new FormData();
    body.set("image", new File([photo], "1.jpg", { type: "image/jpeg" }));
    return body;
  };
  const scan = (limits: Partial<Env>, user: string, body: BodyInit, key?: string) =>
    appFetch(limits, "http://localhost")("/api/v1/scan", {
      method: "POST",
      headers: {
        ...as(user),
        ...(typeof body === "string" && { "content-type": "application/json" }),
        ...(key !== undefined && { "idempotency-key": key }),
      },
      body,
    });
  const stored = (owner: string) =>
    `/api/v1/images/scan/${owner}/${crypto.randomUUID().replace(/^(.{14})./, "$18")}`;

  // A photo that was looked at would be a 415, and one that was looked for a 422.
  it.each<[string, Partial<Env>, (owner: string) => BodyInit]>([
    ["a form, after too many scans", { SCANS_PER_DAY: "1" }, () => form("no photo")],
    ["a form, beside too many scans", { SCANS_AT_ONCE: "1" }, () => form("no photo")],
    ["a form, after too many photos", { PHOTOS_PER_DAY: "1" }, () => form("no photo")],
    [
      "a form, of too many bytes",
      { PHOTO_MB_PER_DAY: "1" },
      () => form(new Uint8Array(1024 * 1024)),
    ],
    [
      "an address, after too many scans",
      { SCANS_PER_DAY: "1" },
      (owner) => JSON.stringify({ image_url: stored(owner) }),
    ],
    [
      "an address, beside too many scans",
      { SCANS_AT_ONCE: "1" },
      (owner) => JSON.stringify({ image_url: stored(owner) }),
    ],
  ])("is not looked at: %s", async (_, limits, body) => {
    const user = aUser();
    expect((await scan({}, user, form(buildJpeg()))).status).toBe(202);
    await expectRefused(await scan(limits, user, body(await ownerHash(user))));
    expect(await objectsOf(user, "scan")).toHaveLength(1);
  });

  it("is counted when it is refused, and its scan is not", async () => {
    const user = aUser();
    const limits = { PHOTOS_PER_DAY: "2", SCANS_PER_DAY: "1" };
    expect((await scan(limits, user, form("no photo"))).status).toBe(415);
    expect((await scan(limits, user, form(buildJpeg()))).status).toBe(202);
    await expectRefused(await scan({ PHOTOS_PER_DAY: "2" }, user, form(buildJpeg())));
  });

  it("is not counted again when its key names the scan", async () => {
    const user = aUser();
    const limits = { PHOTOS_PER_DAY: "1", SCANS_PER_DAY: "1", SCANS_AT_ONCE: "1" };
    const photo = buildJpeg();
    const submit = async () => {
      const response = await scan(limits, user, form(photo), "key");
      return { status: response.status, body: await response.json<{ job_id: string }>() };
    };
    const first = await submit();
    expect(first.status).toBe(202);
    expect(await submit()).toMatchObject({ status: 202, body: { job_id: first.body.job_id } });
  });
});
