import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { exportSPKI } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Unauthenticated, AuthUnavailable } from "../../src/auth/auth-errors.ts";
import { jwksCache } from "../../src/auth/jwks-cache.ts";
import { tokenVerifier } from "../../src/auth/verify-token.ts";
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

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const anybody = { issuer: null, audience: [] };
const shared = tokenVerifier(anybody, { type: "secret", secret: utf8(secret) });
const provided = () => tokenVerifier(anybody, { type: "remote", jwks: jwksCache(jwksUrl) });

describe("a token that is signed with the shared secret", () => {
  it("is accepted when the clocks differ by a minute", async () => {
    const claims = { ...goodClaims(), exp: inSeconds(-50), nbf: inSeconds(50) };
    expect(await shared(await signToken(claims))).toEqual(claims);
  });

  it.each<[string, () => Promise<string>]>([
    [
      "has another secret",
      () => signToken(goodClaims(), utf8("another secret, thirty-two bytes or more")),
    ],
    ["never expires", () => signToken({ ...goodClaims(), exp: undefined })],
    ["has expired", () => signToken({ ...goodClaims(), exp: inSeconds(-61) })],
    ["begins later", () => signToken({ ...goodClaims(), nbf: inSeconds(61) })],
    ["has no subject", () => signToken({ ...goodClaims(), sub: undefined })],
    ["expires in words", () => signToken({ ...goodClaims(), exp: "tomorrow" })],
    [
      "is signed with another algorithm",
      () => signToken(goodClaims(), utf8(secret.repeat(2)), { alg: "HS512" }),
    ],
    [
      "is for a stream",
      () => signToken(goodClaims(), utf8(secret), { alg: "HS256", typ: "stream+jwt" }),
    ],
    ["is not signed", async () => unsignedToken({ alg: "none" }, goodClaims())],
    ["is not signed, in capitals", async () => unsignedToken({ alg: "NONE" }, goodClaims())],
    [
      "is not signed but claims an algorithm",
      async () => unsignedToken({ alg: "HS256" }, goodClaims()),
    ],
    ["has an empty header", async () => unsignedToken({}, goodClaims(), "x")],
    [
      "has a critical extension",
      async () => unsignedToken({ alg: "HS256", crit: ["x"], x: 1 }, goodClaims(), "x"),
    ],
    ["is not a token", async () => "a.b.c"],
    ["is empty", async () => ""],
    ["is too long", async () => `${"a".repeat(9_000)}.b.c`],
    [
      "has been tampered with",
      async () =>
        (await signToken(goodClaims())).replace(/\.(\w)/, (_, c) => `.${c === "a" ? "b" : "a"}`),
    ],
  ])("is refused when it %s", async (_, token) => {
    await expect(shared(await token())).rejects.toThrow(Unauthenticated);
  });

  it("is accepted only with the issuer and an audience of the settings", async () => {
    const verify = tokenVerifier(
      { issuer: "https://id.example.com", audience: ["eco2", "app"] },
      { type: "secret", secret: utf8(secret) },
    );
    const good = { ...goodClaims(), iss: "https://id.example.com", aud: "app" };
    expect(await verify(await signToken(good))).toEqual(good);
    expect(await verify(await signToken({ ...good, aud: ["other", "eco2"] }))).toMatchObject({});
    for (const wrong of [
      { iss: undefined },
      { iss: "https://id.example.com/" },
      { iss: ["https://id.example.com"] },
      { aud: undefined },
      { aud: "eco" },
      { aud: [] },
    ]) {
      await expect(verify(await signToken({ ...good, ...wrong }))).rejects.toThrow(Unauthenticated);
    }
  });
});

describe("a token of an identity provider", () => {
  it.each(["RS256", "ES256"] as const)("is accepted with %s", async (alg) => {
    const key = await buildKey(alg);
    mockJwks(() => [key.jwk]);
    const claims = goodClaims();
    expect(await provided()(await key.sign(claims))).toEqual(claims);
  });

  it("is refused when it is signed with HS256, whatever the secret", async () => {
    const key = await buildKey("RS256");
    const oct = {
      kty: "oct",
      kid: "shared",
      alg: "HS256",
      k: utf8(secret).toBase64({ alphabet: "base64url" }),
    };
    mockJwks(() => [key.jwk, oct]);
    const verify = provided();
    const pem = utf8(await exportSPKI(key.publicKey));
    const forged = [
      await signToken(goodClaims(), pem, { alg: "HS256", kid: key.kid }),
      await signToken(goodClaims(), utf8(JSON.stringify(key.jwk)), { alg: "HS256", kid: key.kid }),
      await signToken(goodClaims(), utf8(secret), { alg: "HS256", kid: "shared" }),
      unsignedToken({ alg: "none", kid: key.kid }, goodClaims()),
    ];
    for (const token of forged) await expect(verify(token)).rejects.toThrow(Unauthenticated);
  });

  it("is refused when it brings its own key", async () => {
    const [ours, theirs] = [await buildKey(), await buildKey()];
    const fetching = mockJwks(() => [ours.jwk]);
    const verify = provided();
    const { kid: _, ...jwk } = theirs.jwk;
    const headers = [
      { alg: "ES256", jwk },
      { alg: "ES256", kid: ours.kid, jku: "https://evil.example.com/keys" },
      { alg: "ES256", kid: ours.kid, x5u: "https://evil.example.com/cert" },
    ];
    for (const header of headers) {
      await expect(
        verify(await signToken(goodClaims(), theirs.privateKey, header)),
      ).rejects.toThrow(Unauthenticated);
    }
    expect(fetching.mock.calls.every(([url]) => url === jwksUrl)).toBe(true);
  });

  it("is refused when its key is unusable", async () => {
    const key = await buildKey("RS256");
    mockJwks(() => [{ ...key.jwk, n: "AQAB" }]);
    await expect(provided()(await key.sign(goodClaims()))).rejects.toThrow(Unauthenticated);
  });

  it("is neither accepted nor refused when its keys cannot be loaded", async () => {
    const key = await buildKey();
    for (const answer of [
      () => Promise.reject(new TypeError("network")),
      async () => new Response(null, { status: 500 }),
      async () => Response.redirect("https://evil.example.com/keys", 302),
      async () => new Response("<html>"),
      async () => Response.json({ keys: [] }),
      async () => Response.json([]),
      async () => Response.json({ keys: [key.jwk], padding: "x".repeat(256 * 1024) }),
    ]) {
      vi.spyOn(globalThis, "fetch").mockImplementation(answer);
      await expect(provided()(await key.sign(goodClaims()))).rejects.toThrow(AuthUnavailable);
    }
  });
});

describe("the keys of an identity provider", () => {
  it("are read to their bound, whatever their provider sends", async () => {
    const key = await buildKey();
    const part = utf8(" ".repeat(64 * 1024));
    let parts = 0;
    const body = () =>
      new ReadableStream<Uint8Array>({
        // A stream that is read to its end would never end.
        pull: (controller) => (parts++ < 1_000 ? controller.enqueue(part) : controller.close()),
      });
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(body()));
    await expect(provided()(await key.sign(goodClaims()))).rejects.toThrow(AuthUnavailable);
    expect(parts).toBeLessThan(20);
  });

  it("are loaded once for an unknown key id, and then not for 30 seconds", async () => {
    const [old, next, never] = [await buildKey(), await buildKey(), await buildKey()];
    const published = [old.jwk];
    const fetching = mockJwks(() => published);
    const verify = provided();
    vi.useFakeTimers({ toFake: ["Date"] });
    await verify(await old.sign(goodClaims()));
    await expect(verify(await next.sign(goodClaims()))).rejects.toThrow(Unauthenticated);
    expect(fetching).toHaveBeenCalledTimes(1);

    published.push(next.jwk);
    vi.setSystemTime(Date.now() + 30_000);
    const bothAtOnce = [await next.sign(goodClaims()), await next.sign(goodClaims())];
    await Promise.all(bothAtOnce.map(verify));
    expect(fetching).toHaveBeenCalledTimes(2);

    for (let tried = 0; tried < 20; tried++) {
      await expect(verify(await never.sign(goodClaims()))).rejects.toThrow(Unauthenticated);
    }
    expect(fetching).toHaveBeenCalledTimes(2);
    await verify(await old.sign(goodClaims()));
  });

  it("are loaded once for concurrent requests in separate I/O contexts", async () => {
    const key = await buildKey();
    const fetching = vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
      await scheduler.wait(50);
      return Response.json({ keys: [key.jwk] });
    });
    const verify = provided();
    const token = await key.sign(goodClaims());
    const requests = Array.from({ length: 5 }, () =>
      runInDurableObject(env.SCAN_JOB.getByName(crypto.randomUUID()), () => verify(token)),
    );
    expect(await Promise.all(requests)).toHaveLength(5);
    expect(fetching).toHaveBeenCalledTimes(1);
  });

  it("are loaded at most every five seconds for unknown key ids when the provider is down", async () => {
    const [key, unknown] = [await buildKey(), await buildKey()];
    const fetching = mockJwks(() => [key.jwk]);
    const verify = provided();
    vi.useFakeTimers({ toFake: ["Date"] });
    await verify(await key.sign(goodClaims()));
    fetching.mockRejectedValue(new TypeError("network"));
    vi.setSystemTime(Date.now() + 30_000);
    for (let tried = 0; tried < 20; tried++) {
      await expect(verify(await unknown.sign(goodClaims()))).rejects.toThrow(Unauthenticated);
    }
    expect(fetching).toHaveBeenCalledTimes(2);
    await verify(await key.sign(goodClaims()));
    vi.setSystemTime(Date.now() + 5_000);
    await expect(verify(await unknown.sign(goodClaims()))).rejects.toThrow(Unauthenticated);
    expect(fetching).toHaveBeenCalledTimes(3);
  });

  it("are dropped within five minutes when they are withdrawn", async () => {
    const [old, next] = [await buildKey(), await buildKey()];
    let published = [old.jwk];
    mockJwks(() => published);
    const verify = provided();
    vi.useFakeTimers({ toFake: ["Date"] });
    await verify(await old.sign(goodClaims()));
    published = [next.jwk];
    vi.setSystemTime(Date.now() + 5 * 60_000);
    await expect(verify(await old.sign(goodClaims()))).rejects.toThrow(Unauthenticated);
  });

  it("stay in use for an hour when the provider is out of reach, and no longer", async () => {
    const key = await buildKey();
    const fetching = mockJwks(() => [key.jwk]);
    const verify = provided();
    vi.useFakeTimers({ toFake: ["Date"] });
    await verify(await key.sign(goodClaims()));
    fetching.mockRejectedValue(new TypeError("network"));
    vi.setSystemTime(Date.now() + 59 * 60_000);
    await verify(await key.sign(goodClaims()));
    vi.setSystemTime(Date.now() + 60_000);
    await expect(verify(await key.sign(goodClaims()))).rejects.toThrow(AuthUnavailable);
  });
});
