import { createExecutionContext, env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { app } from "../../src/api/app.ts";

const aUser = () => `user-${crypto.randomUUID()}`;
const aScan = (userId: string, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", "x-user-id": userId, ...headers },
  body: JSON.stringify({ user_input: "생수병" }),
});

/** Calls the API with these settings instead of the test's. */
const request = (path: string, init: RequestInit, settings: Partial<Env>) =>
  app.request(
    new Request(new URL(path, "http://localhost"), init),
    {},
    { ...env, ...settings },
    createExecutionContext(),
  );

describe("a scan beyond its user's quota", () => {
  const settings = { SCANS_PER_DAY: "3", SCANS_AT_ONCE: "2" };

  it("is refused with Retry-After, and earlier responses carry what is left", async () => {
    const userId = aUser();
    const first = await request("/api/v1/scan", aScan(userId), settings);
    expect(first.status).toBe(202);
    expect(first.headers.get("ratelimit-policy")).toBe('"day";q=3;w=86400, "at-once";q=2');
    expect(first.headers.get("ratelimit")).toMatch(/^"day";r=2;t=\d+, "at-once";r=1;t=5$/);
    await request("/api/v1/scan", aScan(userId), settings);
    const third = await request("/api/v1/scan", aScan(userId), { ...settings, SCANS_AT_ONCE: "1" });
    expect(third.status).toBe(429);
    expect(third.headers.get("retry-after")).toBe("5");
    expect(await third.json()).toMatchObject({ code: "RATE_LIMITED", status: 429 });
  });

  it("is accepted again when it is the same scan", async () => {
    const userId = aUser();
    const again = () =>
      request("/api/v1/scan", aScan(userId, { "idempotency-key": "k" }), {
        SCANS_PER_DAY: "1",
        SCANS_AT_ONCE: "1",
      });
    expect([(await again()).status, (await again()).status]).toEqual([202, 202]);
  });

  it("is accepted on a development server without a configured quota", async () => {
    const userId = aUser();
    for (let submitted = 0; submitted < 7; submitted++) {
      const response = await request("/api/v1/scan", aScan(userId), {});
      expect(response.status).toBe(202);
      expect(response.headers.get("ratelimit")).toBeNull();
    }
  });

  it.each(["0", "-1", "many", "1.5"])(
    "is a server error when the quota is configured as %s",
    async (text) => {
      const response = await request("/api/v1/scan", aScan(aUser()), { SCANS_PER_DAY: text });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("SCANS_PER_DAY");
    },
  );
});

describe("requests beyond the rate limit", () => {
  const get = async (headers: Record<string, string>, settings: Partial<Env>) => {
    const response = await request("/api/v1/regulations", { headers }, settings);
    await response.body?.cancel();
    return response;
  };

  it("are refused by address, and another address is accepted", async () => {
    const [address, another] = [crypto.randomUUID(), crypto.randomUUID()];
    while ((await env.RATE_LIMIT_PER_ADDRESS.limit({ key: address })).success);
    const refused = await get({ "cf-connecting-ip": address }, { AUTH_MODE: "gateway" });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect((await get({ "cf-connecting-ip": another }, { AUTH_MODE: "gateway" })).status).toBe(200);
    expect((await get({ "cf-connecting-ip": address }, { AUTH_MODE: "dev" })).status).toBe(200);
  });

  it("are refused by user, from any address", async () => {
    const user = crypto.randomUUID();
    while ((await env.RATE_LIMIT_PER_USER.limit({ key: user })).success);
    const settings = {
      AUTH_MODE: "gateway",
      GATEWAY_SECRET: "a secret of the gateway, 32 bytes long",
    };
    const as = (name: string) =>
      request(
        "/api/v1/users/me",
        {
          headers: {
            "x-user-id": name,
            "x-gateway-secret": settings.GATEWAY_SECRET,
            "cf-connecting-ip": crypto.randomUUID(),
          },
        },
        settings,
      );
    const refused = await as(user);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: "RATE_LIMITED" });
    expect((await as(crypto.randomUUID())).status).toBe(200);
  });
});
