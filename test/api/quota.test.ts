import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { photoKeyOf } from "../../src/images/photo-keys.ts";
import { sha256 } from "../../src/platform/sha256.ts";
import { buildJpeg } from "../support/photos.ts";
import { appFetch } from "../support/app-fetch.ts";

const submit = (
  init: { method: string; headers: Record<string, string>; body: BodyInit },
  settings: Partial<Env>,
) => appFetch(settings, "http://localhost")("/api/v1/scan", init);

const aUser = () => `user-${crypto.randomUUID()}`;
const aScan = (userId: string, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", "x-user-id": userId, ...headers },
  body: JSON.stringify({ user_input: "생수병" }),
});

describe("a scan beyond its user's quota", () => {
  const settings = { SCANS_PER_DAY: "3", SCANS_AT_ONCE: "2" };

  it("is refused with Retry-After, and earlier responses carry what is left", async () => {
    const userId = aUser();
    const first = await submit(aScan(userId), settings);
    expect(first.status).toBe(202);
    expect(first.headers.get("ratelimit-policy")).toBe('"day";q=3;w=86400, "at-once";q=2');
    expect(first.headers.get("ratelimit")).toMatch(/^"day";r=2;t=\d+, "at-once";r=1;t=5$/);
    await submit(aScan(userId), settings);
    const third = await submit(aScan(userId), { ...settings, SCANS_AT_ONCE: "1" });
    expect(third.status).toBe(429);
    expect(third.headers.get("retry-after")).toBe("5");
    expect(await third.json()).toMatchObject({ code: "RATE_LIMITED", status: 429 });
  });

  it("has no photo stored", async () => {
    const userId = aUser();
    const photo = buildJpeg();
    const body = new FormData();
    body.set("image", new File([photo], "1.jpg", { type: "image/jpeg" }));
    const withPhoto = { method: "POST", headers: { "x-user-id": userId }, body };
    const key = await photoKeyOf(userId, await sha256(photo));
    const limits = { SCANS_PER_DAY: "1", SCANS_AT_ONCE: "9" };
    await submit(aScan(userId), limits);
    expect((await submit(withPhoto, limits)).status).toBe(429);
    expect(await env.IMAGES.head(key)).toBeNull();
    expect((await submit(withPhoto, { ...limits, SCANS_PER_DAY: "2" })).status).toBe(202);
    expect(await env.IMAGES.head(key)).not.toBeNull();
  });

  it("is accepted again when it is the same scan", async () => {
    const userId = aUser();
    const again = () =>
      submit(aScan(userId, { "idempotency-key": "k" }), {
        SCANS_PER_DAY: "1",
        SCANS_AT_ONCE: "1",
      });
    expect([(await again()).status, (await again()).status]).toEqual([202, 202]);
  });

  it("is accepted on a development server without a configured quota", async () => {
    const userId = aUser();
    for (let submitted = 0; submitted < 7; submitted++) {
      const response = await submit(aScan(userId), {});
      expect(response.status).toBe(202);
      expect(response.headers.get("ratelimit")).toBeNull();
    }
  });

  it.each(["0", "-1", "many", "1.5"])(
    "is a server error when the quota is configured as %s",
    async (text) => {
      const response = await submit(aScan(aUser()), { SCANS_PER_DAY: text });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("SCANS_PER_DAY");
    },
  );
});
