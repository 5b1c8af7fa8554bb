import { userOfToken } from "./access.ts";
import type { Auth } from "./auth.ts";
import { claimsOf } from "./claims.ts";
import { Refusal } from "./refusal.ts";
import { isRevoked } from "./revocation.ts";
import { exchange, revoking, stored } from "./revocation-store.ts";
import { issue, type SharedRules, type TokenPair } from "./session.ts";
import { graceMs, sessionSeconds } from "./session-life.ts";
import { auditStatement } from "../ops-audit.ts";
import { pseudonymOf } from "../users/pseudonym.ts";
import type { Verify } from "./verify.ts";

export type Renewing = Auth & { verify: Verify; sessions: SharedRules };

/**
 * Exchanges a refresh token for what a session goes on with. A token is exchanged once: one that
 * comes again later is in two hands, and ends its session. Rejects with `Refusal`.
 */
export async function renew(
  auth: Renewing,
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
  } = claimsOf(await auth.verify(token), "refresh", now);
  if (jti === undefined || sid === undefined || since === undefined) {
    throw new Refusal("A refresh token has to have a jti and an iat.");
  }
  if (since + sessionSeconds <= now / 1000) throw new Refusal("The session is too old.");
  const { usedAt, revoked } = await exchange(db, { sub, exp, jti, sid, since }, now);
  if (await isRevoked(revoked, { sub, jti, sid, since })) {
    throw new Refusal("The session has been revoked.");
  }
  if (now - usedAt > graceMs) {
    await endStolen(db, { sub, sid }, now);
    throw new Refusal("The refresh token was used before: its session has ended.");
  }
  const pair = await issue(auth.sessions, { userId: sub, sid, since }, now);
  // A client repeats what was refused as soon as this succeeds: then it may not be refused again.
  await userOfToken(auth, pair.access);
  return pair;
}

async function endStolen(db: D1Database, { sub, sid }: { sub: string; sid: string }, now: number) {
  const why = "A refresh token was used twice.";
  await stored(db, [
    revoking(db, {
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
