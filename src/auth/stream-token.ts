import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { StaleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import { AuthUnavailable } from "./auth-errors.ts";
import { isRevoked, type Revoked } from "./revocation.ts";
import { UserId } from "./user-id.ts";

const lifetimeSeconds = 10 * 60;
/** The purpose, so that no other kind of token is accepted as a stream token, nor the reverse. */
const typ = "stream+jwt";
const form = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const maxCharacters = 2_048;

/** Who subscribes: the job's user, or an operator, who sees no content. */
export const SubscriberKind = z.enum(["user", "operator"]);
export type SubscriberKind = z.infer<typeof SubscriberKind>;

const Claims = z.object({
  sub: UserId,
  job: z.string(),
  subscriber: SubscriberKind.default("user"),
  iat: z.number(),
});

/** Whose token it is, or why it is refused. `expired` stands for any token that does not verify. */
export type StreamTokenCheck =
  | { verdict: "valid"; sub: string; subscriber: SubscriberKind; iat: number }
  | { verdict: "other_job" | "expired" | "malformed" };

/**
 * Signs a token that lets a user, or an operator, stream a job for ten minutes. It travels in the URL, because an
 * `EventSource` sends no headers.
 */
export const signStreamToken = (
  key: Uint8Array,
  { jobId, userId }: { jobId: string; userId: string },
  subscriber: SubscriberKind = "user",
): Promise<string> =>
  new SignJWT({ job: jobId, ...(subscriber === "operator" && { subscriber }) })
    .setProtectedHeader({ alg: "HS256", typ })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds}s`)
    .sign(key);

/** Verifies a stream token for a job. */
export async function verifyStreamToken(
  key: Uint8Array | null,
  token: string,
  jobId: string,
): Promise<StreamTokenCheck> {
  if (token.length > maxCharacters || !form.test(token)) return { verdict: "malformed" };
  if (!key) return { verdict: "expired" };
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ["HS256"],
      typ,
      requiredClaims: ["exp"],
    });
    const claims = Claims.safeParse(payload);
    if (!claims.success) return { verdict: "malformed" };
    const { job, ...rest } = claims.data;
    return job === jobId ? { verdict: "valid", ...rest } : { verdict: "other_job" };
  } catch (error) {
    if (error instanceof errors.JOSEError) return { verdict: "expired" };
    throw error;
  }
}

/**
 * Whether the user of a stream token has been revoked since. When revocations cannot be read the token
 * counts as valid: it is minutes old, and streams must outlive an outage of D1.
 */
export async function isStreamTokenRevoked(
  revoked: StaleIfErrorCache<Revoked>,
  token: { sub: string; iat: number },
): Promise<boolean> {
  try {
    return await isRevoked(await revoked(), token);
  } catch (error) {
    if (error instanceof AuthUnavailable) return false;
    throw error;
  }
}
