import { SignJWT } from "jose";
import { accessSeconds, idleSeconds, sessionSeconds } from "./session-lifetimes.ts";
import { sha256 } from "../platform/sha256.ts";
import type { TokenRules } from "./auth-settings.ts";

/** Rules by which tokens can also be issued, because the key is shared. */
export type SharedRules = TokenRules & { key: { type: "secret" } };

/** A session. It survives renewals; `since` is when it began, Unix seconds. */
export interface Session {
  userId: string;
  sid: string;
  since: number;
}

/** The tokens of a session, and how long they are valid, s. */
export interface TokenPair {
  access: string;
  accessSeconds: number;
  refresh: string;
  refreshSeconds: number;
}

/** A session that begins now. */
export const newSession = (userId: string, now = Date.now()): Session => ({
  userId,
  sid: crypto.randomUUID(),
  since: now / 1000,
});

/** When a session ends if it is not renewed, Unix seconds. */
export const endOf = ({ since }: Pick<Session, "since">, nowS: number): number =>
  Math.floor(Math.min(nowS + idleSeconds, since + sessionSeconds));

/** The `jti` of the tokens that succeed a refresh token. */
const jtiAfter = (type: "access" | "refresh", sid: string, from: string): Promise<string> =>
  sha256(`${type} ${sid} ${from}`);

export const refreshJtiAfter = (sid: string, from: string): Promise<string> =>
  jtiAfter("refresh", sid, from);

/**
 * Issues the tokens of a session.
 * @param from the refresh token that they succeed: the same one at the same time has the same successors, to the byte.
 */
export async function issueTokens(
  { issuer, audience, key }: SharedRules,
  session: Session,
  now = Date.now(),
  from: string = crypto.randomUUID(),
): Promise<TokenPair> {
  const nowS = Math.floor(now / 1000);
  const { userId, sid, since } = session;
  const sign = async (type: "access" | "refresh", exp: number) => {
    const token = new SignJWT({ type, sid, since })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(userId)
      .setJti(await jtiAfter(type, sid, from))
      .setIssuedAt(nowS)
      .setExpirationTime(exp);
    if (issuer !== null) token.setIssuer(issuer);
    const [first] = audience;
    if (first !== undefined) token.setAudience(first);
    return token.sign(key.secret);
  };
  const end = endOf(session, nowS);
  const accessEnd = Math.min(nowS + accessSeconds, end);
  const [access, refresh] = await Promise.all([sign("access", accessEnd), sign("refresh", end)]);
  return { access, accessSeconds: accessEnd - nowS, refresh, refreshSeconds: end - nowS };
}
