import type { JWTPayload } from "jose";
import { z } from "zod";
import type { Auth } from "./auth.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { Name, TokenTime } from "./claims.ts";
import type { Revocation } from "./revocation.ts";
import { cleanupStatements, revocationStatements, runBatch } from "./revocation-store.ts";
import { sessionSeconds } from "./session-lifetimes.ts";
import { clockToleranceS } from "./verify-token.ts";

const TokenIds = z.object({
  jti: Name.optional().catch(undefined),
  sid: Name.optional().catch(undefined),
  // A token of any longer life is refused everywhere, so that nothing has to be revoked.
  exp: TokenTime.nullable().catch(null),
});

/** Revokes tokens and their sessions. Tokens that are not valid need no revocation. */
export async function endSession(
  { verify }: Pick<Auth, "verify">,
  db: D1Database,
  tokens: readonly string[],
  now = Date.now(),
): Promise<void> {
  if (!verify) return;
  const payloads = await Promise.all(tokens.map((token) => payloadOf(verify(token))));
  const rows = payloads.flatMap((payload) => (payload ? revocationsOf(payload, now) : []));
  if (rows.length === 0) return;
  await runBatch(db, [
    ...rows.flatMap((row) => revocationStatements(db, row)),
    ...cleanupStatements(db, now),
  ]);
}

async function payloadOf(verifying: Promise<JWTPayload>): Promise<JWTPayload | null> {
  try {
    return await verifying;
  } catch (error) {
    if (error instanceof Unauthenticated) return null;
    throw error;
  }
}

function revocationsOf(payload: JWTPayload, now: number): Revocation[] {
  const { jti, sid, exp } = TokenIds.parse(payload);
  if (exp === null) return [];
  const named = [
    { kind: "jti" as const, value: jti, until: Math.ceil(exp + clockToleranceS) * 1000 },
    // A refresh token from another issuer has no session id: its own id names the session.
    { kind: "session" as const, value: sid ?? jti, until: now + sessionSeconds * 1000 },
  ];
  return named.flatMap(({ kind, value, until }) =>
    value ? [{ kind, value, until, revoked_at: now, by: "user", why: "logout" }] : [],
  );
}
