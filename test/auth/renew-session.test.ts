import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { verifyAccessToken } from "../../src/auth/access-token.ts";
import { authOf } from "../../src/auth/auth.ts";
import { endSession } from "../../src/auth/end-session.ts";
import { Unauthenticated } from "../../src/auth/auth-errors.ts";
import { renewSession, type RenewingAuth } from "../../src/auth/renew-session.ts";
import { revoke } from "../../src/auth/revoke.ts";
import { listAudit } from "../../src/ops-audit.ts";
import { issueTokens, newSession } from "../../src/auth/session.ts";
import { goodClaims, inSeconds, secret, signToken } from "../support/sign-token.ts";

/** What another isolate than those before would know. */
function isolate(settings: Partial<Env> = {}): RenewingAuth {
  const auth = authOf({ ...env, AUTH_MODE: "jwt", AUTH_JWT_SECRET: secret, ...settings });
  const { verify, sessions } = auth;
  if (!verify || !sessions) throw new Error("No sessions are issued");
  return { ...auth, verify, sessions };
}

async function aSession(begun = Date.now()) {
  const { sub } = goodClaims();
  return { sub, ...(await issueTokens(isolate().sessions, newSession(sub, begun), begun)) };
}

const exchanged = (token: string, now = Date.now()) => renewSession(isolate(), env.DB, token, now);
const later = (ms: number) => Date.now() + ms;

describe("renewSession", () => {
  it("issues new tokens of the same session", async () => {
    const { sub, refresh, access } = await aSession();
    const next = await exchanged(refresh);
    expect(await verifyAccessToken(isolate(), next.access)).toMatchObject({ userId: sub });
    expect(next.refresh).not.toBe(refresh);
    expect(decodeJwt(next.refresh)).toMatchObject({
      sid: decodeJwt(access)["sid"],
      since: decodeJwt(access)["since"],
    });
    expect(await exchanged(next.refresh)).toMatchObject({ accessSeconds: 900 });
  });

  it("accepts a used token for ten seconds, from two tabs or after a lost response", async () => {
    const { refresh } = await aSession();
    const pairs = await Promise.all([exchanged(refresh), exchanged(refresh)]);
    const again = await exchanged(refresh, later(9_000));
    expect(new Set([...pairs, again].map((pair) => pair.refresh)).size).toBe(1);
    await exchanged(again.refresh);
  });

  it("has one successor for eight that come at once, and for one after a crash", async () => {
    const { refresh } = await aSession();
    const pairs = await Promise.all(Array.from({ length: 8 }, () => exchanged(refresh)));
    pairs.push(await exchanged(refresh, later(5_000)));
    expect(new Set(pairs.map((pair) => pair.refresh)).size).toBe(1);
    expect(new Set(pairs.map((pair) => pair.access)).size).toBe(1);
  });

  it("ends the session when a token is used after its successor was", async () => {
    const { refresh } = await aSession();
    const next = await exchanged(refresh);
    const last = await exchanged(next.refresh);
    await expect(exchanged(refresh)).rejects.toThrow(Unauthenticated);
    await expect(exchanged(last.refresh)).rejects.toThrow(Unauthenticated);
  });

  it("ends the session for thief and user when a used token is used again later", async () => {
    const { refresh } = await aSession();
    const next = await exchanged(refresh);
    await expect(exchanged(refresh, later(11_000))).rejects.toThrow(Unauthenticated);
    await expect(exchanged(next.refresh)).rejects.toThrow(Unauthenticated);
    await expect(verifyAccessToken(isolate(), next.access)).rejects.toThrow(Unauthenticated);
    const { sid } = decodeJwt(refresh);
    const { entries } = await listAudit(env.DB);
    expect(entries.filter(({ target }) => target === sid)).toMatchObject([
      { by: "auth", action: "session.revoke" },
    ]);
  });

  it("refuses every token of a revoked subject, including one renewed before the revocation was stored", async () => {
    const { sub, refresh } = await aSession(later(-60_000));
    const next = await exchanged(refresh);
    const order = { kind: "subject" as const, value: sub, until: null, by: "kim", why: "lost" };
    // Decided before that renewal, and stored after it.
    await revoke(env.DB, { ...order, revoked_at: later(-30_000) });
    await expect(exchanged(next.refresh)).rejects.toThrow(Unauthenticated);
    await expect(verifyAccessToken(isolate(), next.access)).rejects.toThrow(Unauthenticated);
  });

  it("refuses a session of 90 days, however often it was renewed", async () => {
    const day = 24 * 60 * 60 * 1000;
    const begun = later(-89 * day);
    const { sub } = goodClaims();
    const session = newSession(sub, begun);
    const pair = await issueTokens(isolate().sessions, session);
    expect(pair.refreshSeconds).toBeLessThanOrEqual(24 * 60 * 60);
    const next = await exchanged(pair.refresh);
    expect(next.accessSeconds).toBe(900);
    await expect(exchanged(next.refresh, begun + 90 * day)).rejects.toThrow("too old");
  });

  it("refuses all tokens of a session after a logout", async () => {
    const { refresh, access } = await aSession();
    const next = await exchanged(refresh);
    await endSession(isolate(), env.DB, [access]);
    for (const token of [refresh, next.refresh]) {
      await expect(exchanged(token)).rejects.toThrow(Unauthenticated);
    }
    for (const token of [access, next.access]) {
      await expect(verifyAccessToken(isolate(), token)).rejects.toThrow(Unauthenticated);
    }
  });
});

describe("a refresh token of a login service that shares the secret", () => {
  const foreign = () => ({ ...goodClaims(), jti: crypto.randomUUID(), type: "refresh" });

  it("starts a session that can be renewed and logged out", async () => {
    const claims = foreign();
    const token = await signToken(claims);
    const next = await exchanged(token);
    expect(decodeJwt(next.refresh)).toMatchObject({ sub: claims.sub, sid: claims.jti });
    await endSession(isolate(), env.DB, [token]);
    await expect(exchanged(next.refresh)).rejects.toThrow(Unauthenticated);
  });

  it("issues tokens with issuer and audience when the settings name them", async () => {
    const settings = { AUTH_ISSUER: "https://id.example.com", AUTH_AUDIENCE: "eco2, app" };
    const auth = isolate(settings);
    const claims = { ...foreign(), iss: "https://id.example.com", aud: "app" };
    const next = await renewSession(auth, env.DB, await signToken(claims));
    expect(decodeJwt(next.access)).toMatchObject({ iss: "https://id.example.com", aud: "eco2" });
  });

  it.each([
    ["an access token", { type: "access" }],
    ["a token of no type", { type: undefined }],
    ["a token without a jti", { jti: undefined }],
    ["a token that does not say when it was issued", { iat: undefined }],
    ["an expired one", { exp: inSeconds(-61) }],
    ["one of nobody's name", { sub: "<script>" }],
    ["one from the future", { iat: inSeconds(120) }],
  ])("is refused when it is %s", async (_, wrong) => {
    await expect(exchanged(await signToken({ ...foreign(), ...wrong }))).rejects.toThrow(
      Unauthenticated,
    );
  });

  it("is refused as an access token", async () => {
    await expect(verifyAccessToken(isolate(), await signToken(foreign()))).rejects.toThrow(
      Unauthenticated,
    );
  });
});
