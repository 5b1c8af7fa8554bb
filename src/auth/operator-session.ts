import { SignJWT } from "jose";
import { z } from "zod";
import { auditStatement, By } from "../ops-audit.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { Name, TokenTime } from "./claims.ts";
import { isPlain } from "./session-cookies.ts";
import { isRevoked } from "./revocation.ts";
import { cleanupStatements, readRevocationsOf, revocationStatements } from "./revocation-store.ts";
import { hmacHex } from "./secrets.ts";
import { clockToleranceS, tokenVerifier } from "./verify-token.ts";

/** How long an operator's session lives, s. It is not renewed. */
export const operatorSessionSeconds = 12 * 60 * 60;

/** Issuer, audience and subject of operators' sessions, so that no other token is one. */
const issuer = "eco2-edge/operators";
const rules = { issuer, audience: [issuer] };

const Claims = z.object({
  sub: z.literal(issuer),
  jti: Name,
  exp: TokenTime,
  iat: TokenTime,
  name: By,
});

/** An operator's session. `name` is what the operator gave when logging in; times are Unix seconds. */
export type OperatorSession = Pick<z.infer<typeof Claims>, "jti" | "exp" | "iat" | "name">;

type Secrets = Pick<Env, "OPS_TOKEN" | "SIGNING_SECRET">;

/** The name of the cookie. Without TLS a browser keeps none with the prefix. */
export const operatorCookie = (url: URL): string =>
  isPlain(url) ? "s_operator" : "__Host-s_operator";

/** Whoever changes one of the secrets ends all sessions. */
async function keyOf({ OPS_TOKEN, SIGNING_SECRET }: Secrets): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  return encoder.encode(await hmacHex(encoder.encode(OPS_TOKEN), `${issuer} ${SIGNING_SECRET}`));
}

/** Begins a session of 12 hours, and audits it. */
export async function beginOperatorSession(
  env: Secrets & Pick<Env, "DB">,
  name: string,
  now = Date.now(),
): Promise<{ token: string; session: OperatorSession }> {
  const iat = Math.floor(now / 1000);
  const session = { jti: crypto.randomUUID(), iat, exp: iat + operatorSessionSeconds, name };
  const token = await new SignJWT({ name })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(issuer)
    .setAudience(issuer)
    .setSubject(issuer)
    .setJti(session.jti)
    .setIssuedAt(iat)
    .setExpirationTime(session.exp)
    .sign(await keyOf(env));
  await auditStatement(env.DB, change("session.begin", session)).run();
  return { token, session };
}

/**
 * Verifies the token of a session. D1 is read each time, so that a session that was ended is ended everywhere.
 * @throws `Unauthenticated`.
 */
export async function verifyOperatorSession(
  env: Secrets & Pick<Env, "DB">,
  token: string,
  now = Date.now(),
): Promise<OperatorSession> {
  if (!env.OPS_TOKEN) throw new Unauthenticated("These routes are closed: no OPS_TOKEN is set.");
  const verify = tokenVerifier(rules, { type: "secret", secret: await keyOf(env) });
  const claims = Claims.safeParse(await verify(token));
  if (!claims.success) throw new Unauthenticated("The token is not an operator's session.");
  const revoked = await readRevocationsOf(env.DB, claims.data, now);
  if (await isRevoked(revoked, claims.data)) {
    throw new Unauthenticated("The operator's session has ended.");
  }
  return claims.data;
}

/** Ends a session for good, and audits it. */
export async function endOperatorSession(
  db: D1Database,
  session: OperatorSession,
  now = Date.now(),
): Promise<void> {
  const { jti: value, exp, name: by } = session;
  const until = Math.ceil(exp + clockToleranceS) * 1000;
  const order = { kind: "jti" as const, value, revoked_at: now, until, by, why: "logout" };
  await db.batch([
    ...cleanupStatements(db, now),
    ...revocationStatements(db, order),
    auditStatement(db, change("session.end", session)),
  ]);
}

const change = (action: string, { jti, name }: OperatorSession) => ({
  by: name,
  action,
  target: jti,
  detail: {},
});
