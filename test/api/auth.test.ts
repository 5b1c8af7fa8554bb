import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { pseudonymOf } from "../../src/users/pseudonym.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { apiOrigin, bearer, cookiesOf, appFetch, pageOrigin } from "../support/app-fetch.ts";
import {
  buildKey,
  goodClaims,
  inSeconds,
  jwksUrl,
  mockJwks,
  secret,
  signToken,
  unsignedToken,
} from "../support/sign-token.ts";

const me = "/api/v1/scan/categories";
const unknownScan = () => `/api/v1/scan/${crypto.randomUUID()}`;
const shared = { AUTH_MODE: "jwt", AUTH_JWT_SECRET: secret, SIGNING_SECRET: secret };
const local = { AUTH_MODE: "dev", SIGNING_SECRET: secret };
const localhost = "http://localhost:8787";
const opsToken = "a-token-of-operators-of-32-bytes-or-more";
const json = { "content-type": "application/json" };

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("AUTH_MODE=jwt", () => {
  const ask = appFetch(shared);

  it("authenticates a user by bearer token or by cookie", async () => {
    const token = await signToken(goodClaims());
    expect((await ask(me, { headers: bearer(token) })).status).toBe(200);
    expect((await ask(me, { cookies: { s_access: token } })).status).toBe(200);
  });

  it.each([
    [{ preferred_username: "kim", name: "김 주민", email: "k@example.com" }, "kim"],
    [{ name: "김 주민", nickname: "새싹" }, "김 주민"],
    [{ nickname: "새싹" }, "새싹"],
    [{ email: "kim@example.com" }, "kim"],
    [{ preferred_username: " ", name: 7, email: "kim@example.com" }, "kim"],
    [{ email: "@example.com" }, expect.stringMatching(/^user-/)],
    [{}, expect.stringMatching(/^user-/)],
  ])("calls the user of a token with %o %o", async (names, username) => {
    const token = await signToken({ ...goodClaims(), ...names });
    const profile = await ask("/api/v1/users/me", { headers: bearer(token) });
    expect(await profile.json()).toMatchObject({ username });
  });

  it("refuses a bad bearer token even with a good cookie", async () => {
    const cookies = { s_access: await signToken(goodClaims()) };
    for (const authorization of ["Bearer x.y.z", "Bearer", "Basic dTpw", "", "Bearer a b"]) {
      expect((await ask(me, { cookies, headers: { authorization } })).status).toBe(401);
    }
  });

  it("ignores X-User-ID", async () => {
    const response = await ask(me, { headers: { "x-user-id": "user-1" } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await response.json()).toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("separates the scans of two users", async () => {
    const [one, other] = [
      bearer(await signToken(goodClaims())),
      bearer(await signToken({ ...goodClaims(), sub: "auth0|other:one@x" })),
    ];
    const body = JSON.stringify({ user_input: "생수병" });
    const init = { method: "POST", body, headers: { ...json, ...one } };
    const { result_url } = await (await ask("/api/v1/scan", init)).json<{ result_url: string }>();
    expect((await ask(result_url, { headers: one })).ok).toBe(true);
    expect((await ask(result_url, { headers: other })).status).toBe(404);
  });

  it("authenticates users of an identity provider with the issuer and audience of the settings", async () => {
    const key = await buildKey("RS256");
    mockJwks(() => [key.jwk]);
    const provided = appFetch({
      AUTH_MODE: "jwt",
      AUTH_JWKS_URL: jwksUrl,
      AUTH_ISSUER: "https://id.example.com/",
      AUTH_AUDIENCE: "eco2",
      AUTH_JWT_SECRET: secret,
    });
    const claims = { ...goodClaims(), iss: "https://id.example.com/", aud: ["eco2"] };
    const statusOf = async (token: string) =>
      (await provided(me, { headers: bearer(token) })).status;
    expect(await statusOf(await key.sign(claims))).toBe(200);
    expect(await statusOf(await key.sign({ ...claims, aud: "other" }))).toBe(401);
    expect(await statusOf(await key.sign({ ...claims, iss: "https://evil.example.com/" }))).toBe(
      401,
    );
    // The secret is set, too, and opens nothing.
    expect(await statusOf(await signToken(claims))).toBe(401);
  });

  it("answers 503 when the identity provider cannot be reached", async () => {
    vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("network"));
    const provided = appFetch({ AUTH_MODE: "jwt", AUTH_JWKS_URL: jwksUrl });
    const token = await (await buildKey()).sign(goodClaims());
    const response = await provided(me, { headers: bearer(token) });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.json()).toMatchObject({ code: "AUTH_UNAVAILABLE" });
    const operators = appFetch({ AUTH_MODE: "jwt", AUTH_JWKS_URL: jwksUrl, OPS_TOKEN: opsToken });
    const ready = await operators("/ready", { headers: bearer(opsToken) });
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain("AUTH_JWKS_URL");
  });
});

describe("AUTH_MODE=gateway", () => {
  const ask = appFetch({ AUTH_MODE: "gateway", GATEWAY_SECRET: "of the gateway" });
  const user = { "x-user-id": "user-1" };

  it("trusts X-User-ID from the gateway, and from no other client", async () => {
    const named = { ...user, "x-gateway-secret": "of the gateway" };
    expect((await ask(me, { headers: named })).status).toBe(200);
    for (const wrong of ["", "of the gatewa", "of the gatewayx", "OF THE GATEWAY"]) {
      const headers = { ...user, "x-gateway-secret": wrong };
      expect((await ask(me, { headers })).status).toBe(401);
    }
    expect((await ask(me, { headers: user })).status).toBe(401);
    const noName = { "x-gateway-secret": "of the gateway" };
    expect((await ask(me, { headers: noName })).status).toBe(401);
    const cookies = { s_access: await signToken(goodClaims()) };
    expect((await ask(me, { headers: noName, cookies })).status).toBe(401);
  });

  it("is closed without a secret, even for an empty one", async () => {
    const closed = appFetch({ AUTH_MODE: "gateway", GATEWAY_SECRET: "" });
    const headers = { ...user, "x-gateway-secret": "" };
    expect((await closed(me, { headers })).status).toBe(401);
  });
});

describe("AUTH_MODE=dev", () => {
  const user = { "x-user-id": "user-1" };

  it("accepts requests from this machine only", async () => {
    expect((await appFetch(local, localhost)(me, { headers: user })).status).toBe(200);
    for (const origin of [apiOrigin, "http://192.168.0.7:8787", "http://localhost.example.com"]) {
      const response = await appFetch(local, origin)(me, { headers: user });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({
        detail: expect.stringContaining("the machine it runs on"),
      });
    }
    const headers = { ...user, "cf-connecting-ip": "203.0.113.9" };
    expect((await appFetch(local, localhost)(me, { headers })).status).toBe(401);
  });

  it("logs in any user, so that a browser needs cookies only", async () => {
    const ask = appFetch(local, localhost);
    const body = JSON.stringify({ user_id: "kim" });
    const login = await ask("/api/v1/auth/dev-login", { method: "POST", body, headers: json });
    expect(login.status).toBe(200);
    expect(login.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^s_access=[^;]+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^s_refresh=[^;]+; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    const cookies = cookiesOf(login);
    expect((await ask(me, { cookies })).status).toBe(200);
    const { s_refresh = "" } = cookies;
    expect((await ask(me, { cookies: { s_access: s_refresh } })).status).toBe(401);
    expect((await appFetch(local, apiOrigin)(me, { cookies })).status).toBe(401);
    // A header names somebody outright.
    expect((await ask(me, { cookies, headers: { "x-user-id": "<bad>" } })).status).toBe(401);
  });

  describe("with DEV_KEY", () => {
    const key = "key of a start; with a space";
    const locked = { ...local, DEV_KEY: key, GUESTS: "on" };
    const ask = appFetch(locked, localhost);
    const login = { method: "POST", body: JSON.stringify({ user_id: "kim" }) };
    const guest = { method: "POST" };
    type Shown = { headers?: Record<string, string>; cookies?: Record<string, string> };

    it.each<[string, Shown]>([
      ["the header", { headers: { "x-dev-key": key } }],
      ["the cookie", { cookies: { dev_key: encodeURIComponent(key) } }],
    ])("believes who shows it in %s", async (_, { headers, cookies }) => {
      const shown = { ...json, origin: localhost, ...headers };
      const asked = (path: string, init: RequestInit) =>
        ask(path, { ...init, headers: shown, ...(cookies && { cookies }) });
      const init = { headers: { ...headers, ...user }, ...(cookies && { cookies }) };
      expect((await ask(me, init)).status).toBe(200);
      expect((await asked("/api/v1/auth/dev-login", login)).status).toBe(200);
      expect((await asked("/api/v1/auth/guest", guest)).status).toBe(200);
    });

    it.each<[string, Shown]>([
      ["shows none", {}],
      ["shows an empty one", { headers: { "x-dev-key": "" } }],
      ["guesses it", { headers: { "x-dev-key": "guess" } }],
      ["guesses it in a cookie", { cookies: { dev_key: "guess" } }],
      [
        "shows another beside a good cookie",
        { headers: { "x-dev-key": "guess" }, cookies: { dev_key: encodeURIComponent(key) } },
      ],
    ])("refuses who %s, whoever they say they are", async (_, { headers, cookies }) => {
      const session = cookiesOf(
        await ask("/api/v1/auth/dev-login", { ...login, headers: { ...json, "x-dev-key": key } }),
      );
      const all = { ...session, ...cookies };
      const sent = { ...json, origin: localhost, ...headers };
      for (const response of [
        await ask(me, { headers: { ...headers, ...user }, cookies: cookies ?? {} }),
        await ask(me, { headers: headers ?? {}, cookies: all }),
        await ask("/api/v1/auth/dev-login", { ...login, headers: sent, cookies: cookies ?? {} }),
        await ask("/api/v1/auth/guest", { ...guest, headers: sent, cookies: cookies ?? {} }),
        await ask("/api/v1/auth/refresh", { ...guest, headers: sent, cookies: all }),
      ]) {
        expect(response.status).toBe(401);
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(await response.json()).toMatchObject({
          detail: expect.stringContaining("X-Dev-Key"),
        });
      }
    });

    it("does not ask for it where users have tokens", async () => {
      const headers = bearer(await signToken(goodClaims()));
      const settings = { ...shared, DEV_KEY: key };
      expect((await appFetch(settings)(me, { headers })).status).toBe(200);
    });

    it("lets pages of ALLOWED_ORIGINS send the header", async () => {
      const settings = { ...locked, ALLOWED_ORIGINS: "http://localhost:5173" };
      const headers = {
        origin: "http://localhost:5173",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-dev-key,x-user-id",
      };
      const response = await appFetch(settings, localhost)(me, { method: "OPTIONS", headers });
      expect(response.headers.get("access-control-allow-headers")).toContain("X-Dev-Key");
    });
  });

  it("refuses a token of another issuer with the same secret", async () => {
    const ask = appFetch(local, localhost);
    expect((await ask(me, { cookies: { s_access: await signToken(goodClaims()) } })).status).toBe(
      401,
    );
  });

  it.each([
    ["another mode", shared, apiOrigin],
    ["another machine", local, apiOrigin],
    ["no secret to sign with", { ...local, SIGNING_SECRET: "" }, localhost],
    ["no configuration", { AUTH_MODE: "" }, localhost],
  ])("refuses a login with %s", async (_, settings, origin) => {
    const body = JSON.stringify({ user_id: "kim" });
    const init = { method: "POST", body, headers: json };
    const response = await appFetch(settings, origin)("/api/v1/auth/dev-login", init);
    expect(response.status).toBe(401);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it("refuses a login from another site's page", async () => {
    const body = JSON.stringify({ user_id: "kim" });
    const headers = { ...json, origin: "https://evil.example.com" };
    const init = { method: "POST", body, headers };
    expect((await appFetch(local, localhost)("/api/v1/auth/dev-login", init)).status).toBe(401);
  });
});

describe("readiness", () => {
  it.each<[Partial<Env>, string]>([
    [{ AUTH_MODE: "" }, "AUTH_MODE=jwt needs"],
    [{ AUTH_MODE: "gateway", GATEWAY_SECRET: "" }, "needs GATEWAY_SECRET"],
    [{ AUTH_MODE: "on" }, "AUTH_MODE is none of"],
    [{ ...local, SIGNING_SECRET: "short" }, "SIGNING_SECRET must have 32 bytes"],
    [{ ...shared, OPS_TOKEN: "a" }, "OPS_TOKEN must have 32 bytes"],
    [{ ...shared, EVENTS_TOKEN: "a" }, "EVENTS_TOKEN must have 32 bytes"],
    [{ AUTH_MODE: "gateway", GATEWAY_SECRET: "a" }, "GATEWAY_SECRET must have 32 bytes"],
    [{ ...local, ALLOWED_ORIGINS: "https://a.example.com, *" }, 'ALLOWED_ORIGINS has \\"*\\"'],
  ])("answers 503 with the reason for %j", async (settings, reason) => {
    const ask = appFetch({ OPS_TOKEN: opsToken, ...settings });
    const response = await ask("/ready", { headers: bearer(settings.OPS_TOKEN ?? opsToken) });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain(reason);
    // Strangers read which part it is.
    const strangers = await (await ask("/ready")).json();
    expect(strangers).toEqual({
      status: "unavailable",
      reasons: [{ part: "auth", reason: "See the log, or ask with OPS_TOKEN." }],
    });
  });

  it("is lost when the revocations, which each token needs, cannot be read", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { DB } = crashingEnv(env, 0, "before");
    const response = await appFetch({ ...shared, DB, OPS_TOKEN: opsToken })("/ready", {
      headers: bearer(opsToken),
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("Revocations cannot be read");
  });

  it("does not ask for long secrets on a local server", async () => {
    expect((await appFetch({ ...local, OPS_TOKEN: "short" }, localhost)("/ready")).status).toBe(
      200,
    );
  });
});

describe("a change by cookie", () => {
  const ask = appFetch({ ...shared, ALLOWED_ORIGINS: pageOrigin });
  const act = async (origin?: string, method = "DELETE") => {
    const cookies = { s_access: await signToken(goodClaims()) };
    const headers = origin === undefined ? {} : { origin };
    return (await ask(unknownScan(), { method, cookies, headers })).status;
  };

  it("is accepted from our own and allowed origins", async () => {
    // Let in, it finds no such scan.
    expect(await act(apiOrigin)).toBe(404);
    expect(await act(pageOrigin)).toBe(404);
  });

  it.each([
    undefined,
    "null",
    "https://evil.example.com",
    `${pageOrigin}.evil.com`,
    "http://app.example.com",
  ])("is refused from %s", async (origin) => {
    for (const method of ["DELETE", "POST", "PUT", "PATCH"]) {
      expect(await act(origin, method)).toBe(401);
    }
  });

  it("needs an Origin, unlike a read or a request with a bearer token", async () => {
    expect(await act("https://evil.example.com", "GET")).toBe(404);
    const headers = bearer(await signToken(goodClaims()));
    expect((await ask(unknownScan(), { method: "DELETE", headers })).status).toBe(404);
  });

  it("includes opening a WebSocket, which any page could read", async () => {
    const cookies = { s_access: await signToken(goodClaims()) };
    const open = async (origin: string) =>
      (await ask(`${unknownScan()}/ws`, { cookies, headers: { upgrade: "websocket", origin } }))
        .status;
    expect(await open("https://evil.example.com")).toBe(401);
    expect(await open(pageOrigin)).toBe(404);
  });
});

describe("pages of other origins", () => {
  const ask = appFetch({ ...shared, ALLOWED_ORIGINS: `${pageOrigin}, https://b.example.com` });
  const preflight = (path: string, origin: string, method = "POST") =>
    ask(path, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": method,
        "access-control-request-headers": "content-type,idempotency-key",
      },
    });

  it.each(["/api/v1/scan", "/api/v1/images/scan", "/api/v1/auth/refresh", "/api/v1/nothing"])(
    "may call %s by their exact origin and with cookies when they are allowed",
    async (path) => {
      for (const [origin, method] of [
        [pageOrigin, "POST"],
        ["https://b.example.com", "PUT"],
      ] as const) {
        const { status, headers } = await preflight(path, origin, method);
        expect(status).toBe(204);
        expect(headers.get("access-control-allow-origin")).toBe(origin);
        expect(headers.get("access-control-allow-credentials")).toBe("true");
        expect(headers.get("access-control-allow-methods")).toContain(method);
        const named = headers.get("access-control-allow-headers")?.toLowerCase().split(",");
        expect(named).toEqual(
          expect.arrayContaining([
            "baggage",
            "idempotency-key",
            "sentry-trace",
            "traceparent",
            "tracestate",
            "x-frontend-origin",
            "x-idempotency-key",
          ]),
        );
        expect(headers.get("vary")).toContain("Origin");
      }
    },
  );

  it.each([
    "null",
    "https://evil.example.com",
    "https://app.example.com.evil.com",
    "https://sub.app.example.com",
    "http://app.example.com",
    "https://app.example.com.",
    "https://app.example.com:8443",
    "https://APP.example.com",
    "*",
  ])("may not call when they are %s", async (origin) => {
    for (const response of [
      await preflight("/api/v1/scan", origin),
      await ask("/health", { headers: { origin } }),
    ]) {
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("vary")).toContain("Origin");
    }
  });

  it("may call a developer's server when they are of the same machine", async () => {
    const headers = { origin: "http://localhost:5173", "access-control-request-method": "POST" };
    const init = { method: "OPTIONS", headers };
    const allowed = async (settings: Partial<Env>) =>
      (await appFetch(settings, localhost)(me, init)).headers.get("access-control-allow-origin");
    expect(await allowed(local)).toBe("http://localhost:5173");
    expect(await allowed(shared)).toBeNull();
  });

  it("are named in the log once when they are blocked", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const origin = "https://new.example.com";
    for (const path of ["/health", me]) await ask(path, { headers: { origin } });
    await ask("/health", { headers: { origin: apiOrigin } });
    expect(warn.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toEqual([
      { event: "origin.blocked", host: "new.example.com", allow: "ALLOWED_ORIGINS" },
    ]);
    warn.mockRestore();
  });

  it("can read responses, errors and the exposed headers", async () => {
    for (const path of ["/health", me, "/api/v1/nothing"]) {
      const { headers } = await ask(path, { headers: { origin: pageOrigin } });
      expect(headers.get("access-control-allow-origin")).toBe(pageOrigin);
      expect(headers.get("access-control-expose-headers")).toContain("Retry-After");
    }
  });

  it("get no CORS headers when no origin is allowed", async () => {
    const { headers } = await appFetch(shared)("/health", { headers: { origin: pageOrigin } });
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("every response", () => {
  const ask = appFetch(local, localhost);

  it.each(["/health", "/ready", "/api/v1/regulations", "/api/v1/nothing", me, "/api/v1/ops/audit"])(
    "of %s carries the security headers",
    async (path) => {
      const { headers } = await ask(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "strict-transport-security": expect.stringMatching(/^max-age=31536000/),
        "content-security-policy": expect.stringContaining("default-src 'none'"),
      });
    },
  );
});

describe("a session", () => {
  const ask = appFetch({ ...shared, ALLOWED_ORIGINS: pageOrigin });
  const refreshToken = () =>
    signToken({ ...goodClaims(), type: "refresh", jti: crypto.randomUUID() });
  const refresh = (cookies: Record<string, string>, headers: Record<string, string> = {}) =>
    ask("/api/v1/auth/refresh", {
      method: "POST",
      cookies,
      headers: { origin: pageOrigin, ...headers },
    });
  const logout = (cookies: Record<string, string>, origin = pageOrigin) =>
    ask("/api/v1/auth/logout", { method: "POST", cookies, headers: { origin } });
  const cleared = { "__Host-s_access": "", s_access: "", "__Host-s_refresh": "", s_refresh: "" };

  it("is renewed by its refresh cookie", async () => {
    const first = await refresh({ s_refresh: await refreshToken() });
    expect(first.status).toBe(200);
    expect(await first.json()).toEqual({ status: "ok", expires_in: 900 });
    const given = first.headers.getSetCookie();
    const attributes = /=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=None$/;
    expect(given.map((cookie) => cookie.replace(attributes, ""))).toEqual([
      "__Host-s_access",
      "s_access",
      "__Host-s_refresh",
      "s_refresh",
    ]);
    const cookies = cookiesOf(first);
    expect((await ask(me, { cookies })).status).toBe(200);
    expect((await refresh(cookies)).status).toBe(200);
  });

  it("has SameSite=Lax cookies when no other origin is allowed", async () => {
    const own = appFetch(shared);
    const cookies = { s_refresh: await refreshToken() };
    const init = { method: "POST", cookies, headers: { origin: apiOrigin } };
    const response = await own("/api/v1/auth/refresh", init);
    expect(response.headers.getSetCookie()).toHaveLength(4);
    for (const line of response.headers.getSetCookie()) {
      expect(line).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
    }
  });

  it("is read from the cookie that no other host can set, and from the plain one", async () => {
    const [mine, planted] = [goodClaims(), goodClaims()];
    const [own, again, other] = await Promise.all(
      [mine, { ...mine, name: "kim" }, planted].map((claims) => signToken(claims)),
    );
    const statusOf = async (cookies: Record<string, string>) => (await ask(me, { cookies })).status;
    expect(await statusOf({ "__Host-s_access": own ?? "" })).toBe(200);
    expect(await statusOf({ "__Host-s_access": own ?? "", s_access: again ?? "" })).toBe(200);
    expect(await statusOf({ "__Host-s_access": own ?? "", s_access: "x.y.z" })).toBe(200);
    expect(await statusOf({ "__Host-s_access": "x.y.z", s_access: own ?? "" })).toBe(200);
    // Another host of the domain has planted its own session, or somebody else has logged in: nobody knows.
    expect(await statusOf({ "__Host-s_access": own ?? "", s_access: other ?? "" })).toBe(401);
  });

  it("ends when the refresh cookies are of two users", async () => {
    const cookies = { "__Host-s_refresh": await refreshToken(), s_refresh: await refreshToken() };
    const response = await refresh(cookies);
    expect(response.status).toBe(401);
    expect(cookiesOf(response)).toEqual(cleared);
  });

  it.each<[string, () => Promise<Record<string, string>>]>([
    ["without the cookie", async () => ({})],
    ["with an empty one", async () => ({ s_refresh: "" })],
    ["with an access token", async () => ({ s_refresh: await signToken(goodClaims()) })],
    [
      "with an expired one",
      async () => ({
        s_refresh: await signToken({
          ...goodClaims(),
          type: "refresh",
          jti: "a",
          exp: inSeconds(-61),
        }),
      }),
    ],
    [
      "with a forged one",
      async () => ({
        s_refresh: unsignedToken({ alg: "none" }, { ...goodClaims(), type: "refresh", jti: "a" }),
      }),
    ],
  ])("is not renewed %s, and loses its cookies", async (_, cookies) => {
    const response = await refresh(await cookies());
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "SESSION_ENDED" });
    expect(cookiesOf(response)).toEqual(cleared);
  });

  it("is not renewed when the repeated request would still be refused", async () => {
    const s_refresh = await refreshToken();
    expect((await refresh({ s_refresh }, bearer("a.b.c"))).status).toBe(401);
    expect((await refresh({ s_refresh }, { authorization: "Basic dTpw" })).status).toBe(401);
    // Nothing was used up by that.
    expect((await refresh({ s_refresh })).status).toBe(200);
  });

  it("is neither renewed nor ended by another site's page", async () => {
    const s_refresh = await refreshToken();
    const elsewhere = { origin: "https://evil.example.com" };
    const refused = [
      await refresh({ s_refresh }, elsewhere),
      await logout({ s_refresh }, elsewhere.origin),
    ];
    for (const response of refused) {
      expect(response.status).toBe(401);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    expect((await refresh({ s_refresh })).status).toBe(200);
  });

  it("of an identity provider is not renewed here", async () => {
    const key = await buildKey();
    mockJwks(() => [key.jwk]);
    const provided = appFetch({ AUTH_MODE: "jwt", AUTH_JWKS_URL: jwksUrl, SIGNING_SECRET: secret });
    const s_refresh = await key.sign({ ...goodClaims(), type: "refresh", jti: "a" });
    const init = { method: "POST", cookies: { s_refresh }, headers: { origin: apiOrigin } };
    const response = await provided("/api/v1/auth/refresh", init);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "SESSION_FOREIGN" });
    expect(cookiesOf(response)).toEqual(cleared);
  });

  it("ends at a logout, with all its tokens", async () => {
    const cookies = cookiesOf(await refresh({ s_refresh: await refreshToken() }));
    const response = await logout(cookies);
    expect(response.status).toBe(200);
    // The existing front end waits for `success`.
    expect(await response.json()).toEqual({ success: true, data: { message: "로그아웃했어요." } });
    expect(cookiesOf(response)).toEqual(cleared);
    expect((await refresh(cookies)).status).toBe(401);
    // This isolate may still know nothing of it; another does.
    expect((await appFetch(shared)(me, { cookies })).status).toBe(401);
    expect((await logout({})).status).toBe(200);
    expect((await logout({ s_access: "x", s_refresh: "y" })).status).toBe(200);
  });

  it("keeps its cookies when D1 is out of reach", async () => {
    const batch = () => Promise.reject(new Error("D1 is down"));
    const DB = new Proxy(env.DB, {
      get(target, key): unknown {
        if (key === "batch") return batch;
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const init = {
      method: "POST",
      cookies: { s_refresh: await refreshToken() },
      headers: { origin: apiOrigin },
    };
    for (const path of ["refresh", "logout"]) {
      const response = await appFetch({ ...shared, DB })(`/api/v1/auth/${path}`, init);
      expect(response.status).toBe(503);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });
});

describe("the stream of a scan", () => {
  const ask = appFetch(shared);
  async function aScan(user = goodClaims()) {
    const headers = bearer(await signToken(user));
    const body = JSON.stringify({ user_input: "생수병" });
    const init = { method: "POST", body, headers: { ...json, ...headers } };
    const links = await (
      await ask("/api/v1/scan", init)
    ).json<{ stream_url: string; job_id: string }>();
    return { ...links, headers, plain: links.stream_url.split("?")[0] ?? "" };
  }
  async function status(path: string, init?: Parameters<typeof ask>[1]) {
    const response = await ask(path, init);
    await response.body?.cancel();
    return response.status;
  }

  it("opens by its token, by header or by cookie, and answers 401 without credentials", async () => {
    const user = goodClaims();
    const { stream_url, plain, job_id, headers } = await aScan(user);
    const cookies = { s_access: await signToken(user) };
    const legacy = `/api/v1/stream?job_id=${job_id}`;
    expect(await status(stream_url)).toBe(200);
    expect(await status(stream_url.replace(`${plain}?`, `${legacy}&`))).toBe(200);
    for (const path of [plain, legacy]) {
      expect(await status(path, { headers })).toBe(200);
      expect(await status(path, { cookies })).toBe(200);
      expect(await status(path)).toBe(401);
    }
  });

  it("has a new URL in each snapshot", async () => {
    const { stream_url, job_id, headers } = await aScan();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 5_000);
    const snapshot = await (
      await ask(`/api/v1/scan/${job_id}`, { headers })
    ).json<{ stream_url: string; ws_url: string }>();
    expect(snapshot.stream_url).not.toBe(stream_url);
    expect(snapshot.ws_url).toBe(snapshot.stream_url.replace("/events?", "/ws?"));
    expect(await status(snapshot.stream_url)).toBe(200);
  });

  it("refuses an expired token, unless a cookie authenticates the user", async () => {
    const user = { ...goodClaims(), exp: inSeconds(3_600) };
    const { stream_url } = await aScan(user);
    const cookies = { s_access: await signToken(user) };
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 10 * 60_000);
    expect(await status(stream_url)).toBe(401);
    expect(await status(stream_url, { cookies })).toBe(200);
  });

  it("answers 404 for another scan's token and for another user", async () => {
    const [one, other] = [await aScan(), await aScan()];
    const query = other.stream_url.split("?")[1];
    expect(await status(`${one.plain}?${query}`)).toBe(404);
    expect(await status(`${one.plain}?${query}`, { headers: one.headers })).toBe(404);
    expect(await status(one.plain, { headers: other.headers })).toBe(404);
    expect(await status(`${one.plain}?token=guess`)).toBe(401);
    expect(await status(`${one.plain}?token=guess`, { headers: other.headers })).toBe(404);
  });

  it("refuses a user who was revoked since, when it is opened again", async () => {
    const user = goodClaims();
    const { stream_url } = await aScan(user);
    const order = { kind: "subject", value: user.sub, by: "kim", why: "stolen phone" };
    const ops = appFetch({ ...shared, OPS_TOKEN: "ops" });
    const init = { method: "POST", body: JSON.stringify(order), headers: bearer("ops") };
    expect((await ops("/api/v1/ops/revocations", init)).status).toBe(201);
    expect((await appFetch(shared)(stream_url)).status).toBe(401);
  });

  it("has no token without a signing secret, and opens by header", async () => {
    const unsigning = appFetch({ ...shared, SIGNING_SECRET: "" });
    const headers = bearer(await signToken(goodClaims()));
    const init = { method: "POST", body: '{"user_input":"캔"}', headers: { ...json, ...headers } };
    const { stream_url, job_id } = await (
      await unsigning("/api/v1/scan", init)
    ).json<{ stream_url: string; job_id: string }>();
    expect(stream_url).toBe(`/api/v1/scan/${job_id}/events`);
    const opened = await unsigning(stream_url, { headers });
    expect(opened.status).toBe(200);
    await opened.body?.cancel();
    expect((await unsigning(stream_url)).status).toBe(401);
  });

  it("opens as a WebSocket, without the headers of other responses", async () => {
    const { stream_url } = await aScan();
    const headers = { upgrade: "websocket", origin: "https://anywhere.example.com" };
    const { status, webSocket } = await ask(stream_url.replace("/events", "/ws"), { headers });
    expect(status).toBe(101);
    webSocket?.accept();
    webSocket?.close();
  });
});

describe("revocations", () => {
  const ops = appFetch({ ...shared, OPS_TOKEN: "ops" });
  const ask = (path: string, method = "GET", body?: object) =>
    ops(`/api/v1/ops${path}`, {
      method,
      headers: bearer("ops"),
      ...(body && { body: JSON.stringify(body) }),
    });

  it("are created, listed, deleted and audited", async () => {
    const value = `auth0|${crypto.randomUUID()}/1`;
    const until = new Date(Date.now() + 60_000).toISOString();
    const order = { kind: "subject", value, until, by: "kim", why: "stolen phone" };
    const made = await ask("/revocations", "POST", order);
    expect(made.status).toBe(201);
    const stored = { ...order, value: await pseudonymOf(value) };
    expect(await made.json()).toEqual({ ...stored, revoked_at: expect.any(String) });
    const listed = await ask(`/revocations?value=${encodeURIComponent(value)}`);
    expect(await listed.json()).toMatchObject({ revocations: [stored], next_cursor: null });
    const path = `/revocations/subject/${encodeURIComponent(value)}`;
    expect((await ask(path, "DELETE", { by: "lee" })).status).toBe(204);
    expect((await ask(path, "DELETE", { by: "lee" })).status).toBe(404);
    const { entries } = await (
      await ask("/audit")
    ).json<{ entries: { action: string; target: string; by: string }[] }>();
    const noted = entries.filter(({ target }) => target === `subject ${stored.value}`);
    expect(noted.map(({ by, action }) => `${by} ${action}`)).toEqual([
      "lee revocation.remove",
      "lee revocation.remove",
      "kim revocation.add",
    ]);
  });

  it("are listed a page at a time", async () => {
    const values = [1, 2, 3].map((n) => `${crypto.randomUUID()}-${n}`);
    for (const value of values) {
      await ask("/revocations", "POST", { kind: "jti", value, by: "kim", why: "a test" });
    }
    const seen: string[] = [];
    for (let query = "?kind=jti&limit=1"; seen.length < values.length;) {
      const { revocations, next_cursor } = await (
        await ask(`/revocations${query}`)
      ).json<{ revocations: { value: string }[]; next_cursor: string }>();
      seen.push(...revocations.map(({ value }) => value));
      query = `?kind=jti&limit=1&cursor=${encodeURIComponent(next_cursor)}`;
    }
    expect(seen.toSorted()).toEqual(values.toSorted());
  });

  it.each<[string, object]>([
    ["of another kind", { kind: "session" }],
    ["of nothing", { value: "" }],
    ["by nobody", { by: " " }],
    ["for no reason", { why: undefined }],
    ["that have ended", { until: "2020-01-01T00:00:00Z" }],
    ["with a member too many", { also: 1 }],
  ])("are not created %s", async (_, wrong) => {
    const order = { kind: "jti", value: "a", by: "kim", why: "a test", ...wrong };
    expect((await ask("/revocations", "POST", order)).status).toBe(422);
  });

  it("are refused without an operator's token", async () => {
    const path = "/api/v1/ops/revocations";
    const headers = bearer(await signToken(goodClaims()));
    for (const [method, where] of [
      ["GET", path],
      ["POST", path],
      ["DELETE", `${path}/jti/a`],
    ] as const) {
      expect((await ops(where, { method, headers })).status).toBe(401);
    }
  });
});
