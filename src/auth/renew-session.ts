import { verifyAccessToken } from "./access-token.ts";
import type { Auth } from "./auth.ts";
import { parseClaims } from "./claims.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { isRevoked } from "./revocation.ts";
import { markRefreshUsed, revocationStatements, runBatch } from "./revocation-store.ts";
import { issueTokens, refreshJtiAfter, type SharedRules, type TokenPair } from "./session.ts";
import { refreshGraceMs, sessionSeconds } from "./session-lifetimes.ts";
import { auditStatement } from "../ops-audit.ts";
import { pseudonymOf } from "../users/pseudonym.ts";
import type { Verify } from "./verify-token.ts";

export type RenewingAuth = Auth & { verify: Verify; sessions: SharedRules };

/**
 * Exchanges a refresh token for new tokens of its session. Each token has one pair of successors: whoever uses it in
 * the grace period, as a second tab or after a crash, gets the same pair. A later use, or one after its
 * successor was used, means that it was stolen, and ends the session.
 * @throws `Unauthenticated` or `AuthUnavailable`.
 */
export async function renewSession(
  auth: RenewingAuth,
  db: D1Database,
  token: string,
  now = Date.now(),
): Promise<TokenPair> {
  const {
    sub,
    exp,
    jti,
    sid = jti,
    iat,
    since = iat,
  } = parseClaims(await auth.verify(token), "refresh", now);
  if (jti === undefined || sid === undefined || since === undefined) {
    throw new Unauthenticated("A refresh token must have a jti and an iat.");
  }
  if (since + sessionSeconds <= now / 1000) throw new Unauthenticated("The session is too old.");
  const successor = await refreshJtiAfter(sid, jti);
  const { usedAt, isPast, revoked } = await markRefreshUsed(
    db,
    { sub, exp, jti, sid, since, successor },
    now,
  );
  if (await isRevoked(revoked, { sub, jti, sid, since })) {
    throw new Unauthenticated("The session has been revoked.");
  }
  if (isPast || now - usedAt > refreshGraceMs) {
    await endStolenSession(db, { sub, sid }, now);
    throw new Unauthenticated("The refresh token was used before: its session has ended.");
  }
  const pair = await issueTokens(auth.sessions, { userId: sub, sid, since }, usedAt, jti);
  // A client repeats its refused request once this succeeds. So the new token must be accepted now.
  await verifyAccessToken(auth, pair.access);
  return pair;
}

async function endStolenSession(
  db: D1Database,
  { sub, sid }: { sub: string; sid: string },
  now: number,
) {
  const why = "A refresh token was used twice.";
  await runBatch(db, [
    ...revocationStatements(db, {
      kind: "session",
      value: sid,
      revoked_at: now,
      until: now + sessionSeconds * 1000,
      by: "auth",
      why,
    }),
    auditStatement(db, {
      by: "auth",
      action: "session.revoke",
      target: sid,
      detail: { user: await pseudonymOf(sub), why },
    }),
  ]);
}
