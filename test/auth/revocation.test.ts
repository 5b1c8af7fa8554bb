import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { verifyAccessToken } from "../../src/auth/access-token.ts";
import { authOf } from "../../src/auth/auth.ts";
import { Unauthenticated, AuthUnavailable } from "../../src/auth/auth-errors.ts";
import { isRevoked, type Revocation, revokedOf } from "../../src/auth/revocation.ts";
import { revocationStatements } from "../../src/auth/revocation-store.ts";
import { issueTokens, newSession } from "../../src/auth/session.ts";
import { pseudonymOf } from "../../src/users/pseudonym.ts";
import { goodClaims, secret, signToken } from "../support/sign-token.ts";

afterEach(() => {
  vi.useRealTimers();
});

const revocation = (given: Pick<Revocation, "kind" | "value"> & Partial<Revocation>) => ({
  revoked_at: Date.now(),
  until: null,
  by: "kim",
  why: "a test",
  ...given,
});
const revoke = (...given: Parameters<typeof revocation>) =>
  env.DB.batch(revocationStatements(env.DB, revocation(...given)));
const isolate = (settings: Partial<Env> = {}) =>
  authOf({ ...env, AUTH_MODE: "jwt", AUTH_JWT_SECRET: secret, ...settings });

describe("isRevoked", async () => {
  const at = 1_000_500;
  const subject = revokedOf([{ kind: "subject", value: await pseudonymOf("u"), revoked_at: at }]);

  it.each([
    [{ sub: "u", iat: 999 }, true],
    // The clock of a token counts in seconds: what may have been before is taken for it.
    [{ sub: "u", iat: 1_000 }, true],
    [{ sub: "u", iat: 1_001 }, false],
    [{ sub: "u" }, true],
    [{ sub: "u", iat: 2_000, since: 1_000.4 }, true],
    [{ sub: "u", iat: 1_000, since: 1_000.6 }, false],
    [{ sub: "v", iat: 999 }, false],
  ])("of a subject returns for %j: %s", async (token, refused) => {
    expect(await isRevoked(subject, token)).toBe(refused);
  });

  it("matches a value only under its kind", async () => {
    const revoked = revokedOf([
      { kind: "jti", value: "a", revoked_at: at },
      { kind: "session", value: "b", revoked_at: at },
    ]);
    const late = { sub: "u", iat: 9_999 };
    expect(await isRevoked(revoked, { ...late, jti: "a" })).toBe(true);
    expect(await isRevoked(revoked, { ...late, sid: "b" })).toBe(true);
    expect(await isRevoked(revoked, { sub: "a", iat: 9_999, jti: "b", sid: "a" })).toBe(false);
  });
});

describe("the revocation cache", () => {
  it("refuses a revoked jti within 30 seconds, and accepts others", async () => {
    const auth = isolate();
    vi.useFakeTimers({ toFake: ["Date"] });
    const claims = { ...goodClaims(), jti: crypto.randomUUID() };
    const [token, other] = [
      await signToken(claims),
      await signToken({ ...claims, jti: crypto.randomUUID() }),
    ];
    expect(await verifyAccessToken(auth, token)).toMatchObject({ userId: claims.sub });
    await revoke({ kind: "jti", value: claims.jti });
    vi.setSystemTime(Date.now() + 30_000);
    await expect(verifyAccessToken(auth, token)).rejects.toThrow(Unauthenticated);
    expect(await verifyAccessToken(auth, other)).toMatchObject({ userId: claims.sub });
  });

  it("accepts a later login of a revoked subject", async () => {
    const { sessions } = isolate();
    if (!sessions) throw new Error("No sessions are issued");
    const { sub } = goodClaims();
    const before = await issueTokens(sessions, newSession(sub, Date.now() - 2));
    const value = await pseudonymOf(sub);
    await revoke({ kind: "subject", value, revoked_at: Date.now() - 1 });
    const after = await issueTokens(sessions, newSession(sub));
    const auth = isolate();
    await expect(verifyAccessToken(auth, before.access)).rejects.toThrow(Unauthenticated);
    expect(await verifyAccessToken(auth, after.access)).toMatchObject({ userId: sub });
  });

  it("accepts a token after its revocation has ended", async () => {
    const claims = { ...goodClaims(), jti: crypto.randomUUID() };
    await revoke({ kind: "jti", value: claims.jti, until: Date.now() - 1 });
    expect(await verifyAccessToken(isolate(), await signToken(claims))).toMatchObject({
      userId: claims.sub,
    });
  });

  it("applies the longer of two revocations", async () => {
    const claims = { ...goodClaims(), jti: crypto.randomUUID() };
    await revoke({ kind: "jti", value: claims.jti });
    await revoke({ kind: "jti", value: claims.jti, until: Date.now() - 1 });
    await expect(verifyAccessToken(isolate(), await signToken(claims))).rejects.toThrow(
      Unauthenticated,
    );
  });

  const silent = {
    prepare: () => {
      throw new Error("D1 is down");
    },
  };

  it("uses the last revocations when D1 is down", async () => {
    let down = false;
    const DB = new Proxy(env.DB, {
      get: (target, key): unknown => {
        const value: unknown = Reflect.get(down ? silent : target, key);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const auth = isolate({ DB });
    vi.useFakeTimers({ toFake: ["Date"] });
    const claims = { ...goodClaims(), exp: goodClaims().exp + 86_400, jti: crypto.randomUUID() };
    await revoke({ kind: "jti", value: claims.jti });
    const [revoked, other] = [
      await signToken(claims),
      await signToken({ ...claims, jti: "other" }),
    ];
    await expect(verifyAccessToken(auth, revoked)).rejects.toThrow(Unauthenticated);
    down = true;
    vi.setSystemTime(Date.now() + 6 * 60 * 60_000);
    await expect(verifyAccessToken(auth, revoked)).rejects.toThrow(Unauthenticated);
    expect(await verifyAccessToken(auth, other)).toMatchObject({ userId: claims.sub });
  });

  it("accepts no token when it has never read the revocations", async () => {
    const DB = new Proxy(env.DB, {
      get: (target, key): unknown => Reflect.get(key in silent ? silent : target, key),
    });
    await expect(verifyAccessToken(isolate({ DB }), await signToken(goodClaims()))).rejects.toThrow(
      AuthUnavailable,
    );
  });
});
