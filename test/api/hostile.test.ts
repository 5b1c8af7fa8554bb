import { exportSPKI } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/api/app.ts";
import { apiOrigin, bearer, appFetch, pageOrigin } from "../support/app-fetch.ts";
import {
  buildKey,
  utf8,
  goodClaims,
  inSeconds,
  jwksUrl,
  mockJwks,
  secret,
  signToken,
  unsignedToken,
} from "../support/sign-token.ts";

type Ask = ReturnType<typeof appFetch>;
type Init = NonNullable<Parameters<Ask>[1]>;

const key = await buildKey("RS256");
const wrongKey = await buildKey("RS256", key.kid);
const issuer = "https://id.example.com/";
const good = () => ({ ...goodClaims(), iss: issuer, aud: "eco2" });
const json = { "content-type": "application/json" };
const me = "/api/v1/scan/categories";
const anId = crypto.randomUUID();

/** A deployment as it is in production: an identity provider, and one front end elsewhere. */
const ask = appFetch({
  AUTH_MODE: "jwt",
  AUTH_JWKS_URL: jwksUrl,
  AUTH_ISSUER: issuer,
  AUTH_AUDIENCE: "eco2",
  AUTH_JWT_SECRET: secret,
  SIGNING_SECRET: secret,
  ALLOWED_ORIGINS: pageOrigin,
  OPS_TOKEN: "ops-secret",
  EVENTS_TOKEN: "events-secret",
});

let fetching: ReturnType<typeof mockJwks>;
beforeAll(() => {
  fetching = mockJwks(() => [key.jwk]);
});
afterAll(() => {
  fetching.mockRestore();
});

/** What an attacker may see of us: a problem of their own making, and nothing of how we work. */
async function harmless(response: Response, status: number) {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expect(text).not.toMatch(/\n\s+at |\.ts:\d|node_modules|SQLITE|D1_ERROR|TypeError/);
  expect(text).not.toContain(secret);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  if (status >= 400) expect(response.headers.get("content-type")).toBe("application/problem+json");
}

const known = async () => bearer(await key.sign(good()));
/** Asks as a user who is known. */
async function asUser(path: string, { headers, ...init }: Init = {}) {
  return ask(path, { ...init, headers: { ...(await known()), ...headers } });
}
const submit = (body: unknown, headers: Record<string, string> = {}) =>
  asUser("/api/v1/scan", {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { ...json, ...headers },
  });

describe("a forged token", () => {
  it.each<[string, () => string | Promise<string>]>([
    ["is signed by somebody else with our key's id", () => wrongKey.sign(good())],
    ["has an id of no key", async () => (await buildKey()).sign(good())],
    [
      "has a path for a key id",
      () => signToken(good(), key.privateKey, { alg: "RS256", kid: "../../dev/null" }),
    ],
    [
      "has SQL for a key id",
      () => signToken(good(), key.privateKey, { alg: "RS256", kid: "' OR 1=1 --" }),
    ],
    ["has expired", () => key.sign({ ...good(), exp: inSeconds(-61) })],
    ["expired long ago", () => key.sign({ ...good(), exp: 0 })],
    ["expired before time began", () => key.sign({ ...good(), exp: -1e300 })],
    ["never expires", () => key.sign({ ...good(), exp: undefined })],
    ["expires in words", () => key.sign({ ...good(), exp: "2099-01-01" })],
    ["is not signed", () => unsignedToken({ alg: "none" }, good())],
    ["is not signed, in mixed case", () => unsignedToken({ alg: "nOnE", kid: key.kid }, good())],
    ["has an empty signature", () => unsignedToken({ alg: "RS256", kid: key.kid }, good())],
    [
      "has a signature of zeros",
      () => unsignedToken({ alg: "RS256", kid: key.kid }, good(), "AAAA"),
    ],
    [
      "has an algorithm that is a list",
      () => unsignedToken({ alg: ["RS256"], kid: key.kid }, good(), "AA"),
    ],
    [
      "has an algorithm from the prototype",
      () => unsignedToken({ alg: "__proto__" }, good(), "AA"),
    ],
    ["is for another audience", () => key.sign({ ...good(), aud: "other" })],
    ["is for nobody", () => key.sign({ ...good(), aud: undefined })],
    ["is from another issuer", () => key.sign({ ...good(), iss: "https://evil.example.com/" })],
    ["is from almost our issuer", () => key.sign({ ...good(), iss: "https://id.example.com" })],
    [
      "uses the public key as a secret",
      async () =>
        signToken(good(), utf8(await exportSPKI(key.publicKey)), { alg: "HS256", kid: key.kid }),
    ],
    ["uses the shared secret that is not in use", () => signToken(good(), utf8(secret))],
    [
      "brings its own key",
      () => signToken(good(), wrongKey.privateKey, { alg: "RS256", jwk: wrongKey.jwk }),
    ],
    [
      "names a URL for its key",
      () =>
        signToken(good(), wrongKey.privateKey, { alg: "RS256", jku: "http://169.254.169.254/" }),
    ],
    ["names nobody", () => key.sign({ ...good(), sub: undefined })],
    ["names a number", () => key.sign({ ...good(), sub: 1 })],
    ["names an empty user", () => key.sign({ ...good(), sub: "" })],
    ["names two users", () => key.sign({ ...good(), sub: ["a", "b"] })],
    ["names a script", () => key.sign({ ...good(), sub: "<script>alert(1)</script>" })],
    ["names a path", () => key.sign({ ...good(), sub: "../../admin" })],
    ["names a user with a line break", () => key.sign({ ...good(), sub: "admin\r\nX-Admin: 1" })],
    ["names a user with a null byte", () => key.sign({ ...good(), sub: "admin\u0000" })],
    ["names a user that looks like another", () => key.sign({ ...good(), sub: "аdmin" })],
    ["names an endless user", () => key.sign({ ...good(), sub: "a".repeat(129) })],
    ["begins tomorrow", () => key.sign({ ...good(), nbf: inSeconds(86_400) })],
    ["was issued tomorrow", () => key.sign({ ...good(), iat: inSeconds(86_400) })],
    ["is a refresh token", () => key.sign({ ...good(), type: "refresh" })],
    [
      "is for a stream",
      () => signToken(good(), key.privateKey, { alg: "RS256", kid: key.kid, typ: "stream+jwt" }),
    ],
    ["is two tokens", async () => `${await key.sign(good())}.${await key.sign(good())}`],
    [
      "is encrypted, or claims to be",
      () => unsignedToken({ alg: "dir", enc: "A256GCM" }, good(), ".."),
    ],
    ["is no JSON", () => "bm90.anNvbg.AAAA"],
    ["is a megabyte", () => `${"a".repeat(1024 * 1024)}.b.c`],
  ])("is refused when it %s", async (_, token) => {
    const made = await token();
    await harmless(await ask(me, { headers: bearer(made) }), 401);
    await harmless(await ask(me, { cookies: { s_access: made } }), 401);
  });

  it("differs from a valid one, which is accepted", async () => {
    await harmless(await ask(me, { headers: await known() }), 200);
  });
});

describe("a forged stream token", () => {
  const events = `/api/v1/scan/${anId}/events?token=`;
  it.each<[string, () => string | Promise<string>]>([
    ["is a word", () => "guess"],
    ["is an access token", () => key.sign(good())],
    [
      "is signed with another secret",
      () =>
        signToken(
          { ...goodClaims(), job: anId },
          utf8("another secret, thirty-two bytes or more"),
          {
            alg: "HS256",
            typ: "stream+jwt",
          },
        ),
    ],
    [
      "is not signed",
      () => unsignedToken({ alg: "none", typ: "stream+jwt" }, { ...goodClaims(), job: anId }),
    ],
    [
      "has another purpose",
      () =>
        signToken({ ...goodClaims(), job: anId }, utf8(secret), {
          alg: "HS256",
          typ: "photo-read+jwt",
        }),
    ],
    [
      "has expired",
      () =>
        signToken({ ...goodClaims(), job: anId, exp: inSeconds(-1) }, utf8(secret), {
          alg: "HS256",
          typ: "stream+jwt",
        }),
    ],
    [
      "never expires",
      () =>
        signToken({ ...goodClaims(), job: anId, exp: undefined }, utf8(secret), {
          alg: "HS256",
          typ: "stream+jwt",
        }),
    ],
  ])("is refused when it %s", async (_, token) => {
    await harmless(await ask(events + encodeURIComponent(await token())), 401);
  });
});

describe("a scan of another user", () => {
  it("answers 404 on every route, exactly like an unknown id", async () => {
    const theirs = await submit({ user_input: "생수병" });
    expect(theirs.status).toBe(202);
    const { job_id } = await theirs.json<{ job_id: string }>();
    for (const id of [job_id, anId]) {
      const answers = [
        await asUser(`/api/v1/scan/${id}`),
        await asUser(`/api/v1/scan/${id}/result`),
        await asUser(`/api/v1/scan/${id}/events`),
        await asUser(`/api/v1/scan/${id}/ws`, { headers: { upgrade: "websocket" } }),
        await asUser(`/api/v1/stream?job_id=${id}`),
        await asUser(`/api/v1/scan/${id}`, { method: "DELETE" }),
        await asUser(`/api/v1/users/me/erasures/${id}`),
      ];
      for (const answer of answers) await harmless(answer, 404);
    }
  });
});

describe("a hostile path", () => {
  it.each([
    ["//api/v1/scan/categories", 404],
    ["/api//v1/scan/categories", 404],
    ["/api/v1/scan//categories", 404],
    ["/api/v1/scan/categories/", 404],
    ["/API/V1/SCAN/CATEGORIES", 404],
    ["/api/v1/scan/%2e%2e/ops/audit", 401],
    ["/api/v1/scan/..%2fops%2faudit", 404],
    ["/api/v1/regulations/..%2f..%2fops%2faudit", 404],
    ["/api/v1/scan/%252e%252e%252fops", 404],
    ["/api/v1/scan/..;/ops/audit", 404],
    ["/api/v1/scan/%00", 404],
    ["/api/v1/scan/%00/events", 404],
    ["/api/v1/scan/%ff%fe/result", 404],
    ["/api/v1/scan/%/result", 404],
    ["/api/v1/scan/%0d%0aset-cookie:a=b/result", 404],
    [`/api/v1/scan/${"a".repeat(8_000)}`, 404],
    [`/api/v1/${"a/".repeat(4_000)}`, 404],
    ["/api/v1/scan/00000000-0000-0000-0000-000000000000'--/result", 404],
    ["/api/v1/scan/__proto__", 404],
    ["/api/v1/scan/constructor/result", 404],
    ["/api/v1/regulations/__proto__", 404],
    ["/api/v1/stream?job_id[]=a&job_id=b", 422],
    ["/api/v1/stream", 404],
    ["/.env", 404],
    ["/wrangler.toml", 404],
    ["/cdn-cgi/handler/scheduled", 404],
    ["/api/v1/ops", 401],
    ["/api/v1/ops/../ops/audit", 401],
  ])("reaches no route: %s", async (path, status) => {
    await harmless(await asUser(path), status);
  });

  it.each(["TRACE", "CONNECT", "PROPFIND", "X-EVIL"])(
    "reaches no route with %s",
    async (method) => {
      // A browser may not even name some of them.
      let response: Response;
      try {
        response = await asUser("/api/v1/scan", { method });
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      await harmless(response, 404);
    },
  );
});

describe("a hostile header", () => {
  const scan = { user_input: "캔" };
  it.each<[string, Record<string, string>, number]>([
    [
      "an idempotency key with an encoded line break",
      { "idempotency-key": `${anId}%0d%0aset-cookie:a=b` },
      202,
    ],
    ["an idempotency key with a tab", { "idempotency-key": `a\t${anId}` }, 202],
    ["an endless idempotency key", { "idempotency-key": "k".repeat(256) }, 422],
    ["a blank idempotency key", { "idempotency-key": " " }, 422],
    ["a traceparent that is none", { traceparent: "00-evil\u0001-01" }, 202],
    ["an endless traceparent", { traceparent: "0".repeat(10_000) }, 202],
    [
      "another host that forwards",
      { "x-forwarded-host": "evil.example.com", forwarded: "host=evil.example.com" },
      202,
    ],
    ["another method that overrides", { "x-http-method-override": "DELETE" }, 202],
    [
      "another path that rewrites",
      { "x-original-url": "/api/v1/ops/audit", "x-rewrite-url": "/api/v1/ops/audit" },
      202,
    ],
    ["a user of its own", { "x-user-id": "admin", "x-gateway-secret": "" }, 202],
    ["a media type that is none", { "content-type": "application/json-seq" }, 415],
    ["a form without a boundary", { "content-type": "multipart/form-data" }, 422],
    [
      "a form with an endless boundary",
      { "content-type": `multipart/form-data; boundary=${"b".repeat(5_000)}` },
      422,
    ],
    ["a page as its type", { "content-type": "text/html" }, 415],
  ])("has no effect: %s", async (_, headers, status) => {
    const response = await submit(scan, headers);
    expect(response.headers.get("set-cookie")).toBeNull();
    const location = response.headers.get("location");
    if (location !== null) expect(location).toMatch(/^\/api\/v1\/scan\/[0-9a-f-]{36}\/result$/);
    await harmless(response, status);
  });

  it.each(["a\r\nset-cookie: a=b", "a\nb", "a\u0000b"])("cannot be sent: %j", async (value) => {
    await expect(submit(scan, { "idempotency-key": value })).rejects.toThrow(TypeError);
  });

  it.each(["NaN", "1e999", "-2", "0x10", "1.5", "9007199254740993", "1;DROP TABLE events", "[]"])(
    "is refused as a cursor: %s",
    async (cursor) => {
      await harmless(
        await asUser(`/api/v1/scan/${anId}/events`, { headers: { "last-event-id": cursor } }),
        422,
      );
    },
  );
});

describe("a hostile body", () => {
  it.each<[string, unknown, number]>([
    ["a megabyte of words", { user_input: "a".repeat(1024 * 1024) }, 413],
    ["brackets without end", "[".repeat(30_000), 400],
    ["nested as deep as it gets", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, 422],
    ["a prototype", '{"__proto__":{"model":"offline"},"user_input":1}', 422],
    ["a user of its own", { user_input: "캔", user_id: "admin", userId: "admin" }, 422],
    ["a region with a line break", { user_input: "캔", region: "서울\r\nset-cookie: a=b" }, 202],
    ["a region of SQL", { user_input: "캔", region: "'; DROP TABLE users; --" }, 202],
    ["a region that is an object", { user_input: "캔", region: { $ne: null } }, 422],
    ["a model from the prototype", { user_input: "캔", model: "__proto__" }, 400],
    ["a model with a path", { user_input: "캔", model: "../../etc/passwd" }, 400],
    ["words with null bytes", { user_input: "캔\u0000캔" }, 202],
    ["half a character", '{"user_input":"\\ud800"}', 202],
    ["bytes that are no text", new TextDecoder().decode(new Uint8Array([0xff, 0xfe])), 400],
    ["nothing", "", 400],
    ["XML", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", 400],
  ])("is refused or taken literally: %s", async (_, body, status) => {
    await harmless(await submit(body), status);
  });

  it("is refused by its length, even when it claims another", async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let part = 0; part < 4; part++) controller.enqueue(utf8("a".repeat(32 * 1024)));
        controller.close();
      },
    });
    await harmless(await asUser("/api/v1/scan", { method: "POST", body, headers: json }), 413);
  });

  it.each(["https://127.0.0.1/hook", "http://example.com/hook", "https://hooks.internal/"])(
    "does not make us call %s",
    async (callback_url) => {
      await harmless(await submit({ user_input: "캔", callback_url }), 422);
    },
  );
});

describe("another site's page", () => {
  const evil = [
    "https://evil.example.com",
    "null",
    `${pageOrigin}.evil.com`,
    "https://app.example.com.",
    "http://app.example.com",
    "https://app.example.com:444",
    `${pageOrigin}/`,
    `${pageOrigin} https://evil.example.com`,
  ];

  it.each(evil)("cannot act, read or log out for its visitor from %s", async (origin) => {
    const cookies = { s_access: await key.sign(good()), s_refresh: await key.sign(good()) };
    for (const [method, path] of [
      ["POST", "/api/v1/scan"],
      ["DELETE", `/api/v1/scan/${anId}`],
      ["PATCH", "/api/v1/users/me"],
      ["DELETE", "/api/v1/users/me"],
      ["POST", "/api/v1/auth/refresh"],
      ["POST", "/api/v1/auth/logout"],
    ] as const) {
      const response = await ask(path, { method, cookies, headers: { origin, ...json } });
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.getSetCookie()).toEqual([]);
      await harmless(response, 401);
    }
    const read = await ask(me, { cookies, headers: { origin } });
    expect(read.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = await ask("/api/v1/scan", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("is not ours when it sends another Host", async () => {
    const cookies = { s_access: await key.sign(good()) };
    const headers = {
      origin: "https://evil.example.com",
      host: "evil.example.com",
      referer: apiOrigin,
    };
    const init = { method: "DELETE", cookies, headers };
    await harmless(await ask(`/api/v1/scan/${anId}`, init), 401);
  });
});

describe("without any configuration", () => {
  /** Open to anybody: none of them knows of a user. */
  const open = new Set([
    "GET /health",
    "GET /ready",
    "GET /schemas",
    "GET /schemas/:type/:version",
    "GET /api/v1/regulations",
    "GET /api/v1/regulations/search",
    "GET /api/v1/regulations/:key",
    "GET /api/v1/models",
    "GET /api/v1/character/catalog",
    "GET /api/v1/auth/options",
    "GET /api/v1/ops/session",
  ]);
  const routes = new Set(
    app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path}`),
  );
  const bare = appFetch(
    Object.fromEntries(
      [
        ["AUTH_MODE", "AUTH_JWKS_URL", "AUTH_JWT_SECRET", "GATEWAY_SECRET", "SIGNING_SECRET"],
        ["OPS_TOKEN", "EVENTS_TOKEN", "ALLOWED_ORIGINS", "WEBHOOK_SECRETS"],
      ]
        .flat()
        .map((name) => [name, ""]),
    ),
    "http://localhost",
  );

  it("has the open routes, and others", () => {
    for (const route of open) expect(routes).toContain(route);
    expect(routes.size).toBeGreaterThan(open.size + 20);
  });

  it.each([...routes].filter((route) => !open.has(route)))(
    "%s refuses any credentials",
    async (route) => {
      const [method = "", pattern = ""] = route.split(" ");
      const path = pattern.replaceAll(/:\w+(\{[^}]*\})?/g, anId).replaceAll("*", "x");
      const init = { method, headers: { ...json }, ...(method !== "GET" && { body: "{}" }) };
      const token = await signToken(goodClaims());
      for (const shown of [
        {},
        { "x-user-id": "user-1" },
        { "x-user-id": "user-1", "x-gateway-secret": "" },
        { authorization: "Bearer undefined" },
        bearer(token),
        bearer(unsignedToken({ alg: "none" }, goodClaims())),
        { cookie: `s_access=${token}; s_refresh=${token}`, origin: "http://localhost" },
      ]) {
        await harmless(await bare(path, { ...init, headers: { ...json, ...shown } }), 401);
      }
    },
  );
});
