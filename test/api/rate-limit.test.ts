import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { appFetch } from "../support/app-fetch.ts";

describe("requests beyond the rate limit", () => {
  const get = async (headers: Record<string, string>, settings: Partial<Env>) => {
    const response = await appFetch(settings, "http://localhost")("/api/v1/regulations", {
      headers,
    });
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
      appFetch(settings, "http://localhost")("/api/v1/users/me", {
        headers: {
          "x-user-id": name,
          "x-gateway-secret": settings.GATEWAY_SECRET,
          "cf-connecting-ip": crypto.randomUUID(),
        },
      });
    const refused = await as(user);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: "RATE_LIMITED" });
    expect((await as(crypto.randomUUID())).status).toBe(200);
  });
});
