import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { StaleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import { AuthUnavailable } from "./auth-errors.ts";
import { isRevoked, type Revoked } from "./revocation.ts";
import { hmacKey } from "./secrets.ts";
import { UserId } from "./user-id.ts";

const seconds = 10 * 60;
/** Says what it is for, so that no other token passes for one, nor one for another. */
const typ = "stream+jwt";
const form = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const maxCharacters = 2_048;

const Pass = z.object({ sub: UserId, job: z.string(), iat: z.number() });

/** Who a pass lets in, or why it does not: it is for another job, no longer good, or none at all. */
export type StreamTokenCheck =
  | { verdict: "open"; sub: string; iat: number }
  | { verdict: "foreign" | "stale" | "malformed" };

/** Signs what lets a user watch a job for ten minutes: part of an address, since an `EventSource` sends no headers. */
export const signStreamToken = async (
  key: Uint8Array,
  { jobId, userId }: { jobId: string; userId: string },
): Promise<string> =>
  new SignJWT({ job: jobId })
    .setProtectedHeader({ alg: "HS256", typ })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime(`${seconds}s`)
    .sign(await hmacKey(key));

/** Reads a pass to a job. */
export async function verifyStreamToken(
  key: Uint8Array | null,
  pass: string,
  jobId: string,
): Promise<StreamTokenCheck> {
  if (pass.length > maxCharacters || !form.test(pass)) return { verdict: "malformed" };
  if (!key) return { verdict: "stale" };
  try {
    const { payload } = await jwtVerify(pass, await hmacKey(key), {
      algorithms: ["HS256"],
      typ,
      requiredClaims: ["exp"],
    });
    const read = Pass.safeParse(payload);
    if (!read.success) return { verdict: "malformed" };
    const { sub, job, iat } = read.data;
    return job === jobId ? { verdict: "open", sub, iat } : { verdict: "foreign" };
  } catch (error) {
    if (error instanceof errors.JOSEError) return { verdict: "stale" };
    throw error;
  }
}

/**
 * Whether the user of a pass has been shut out since. While that cannot be told the pass is good: it
 * was given minutes ago, and streams do not stop because D1 does.
 */
export async function isStreamTokenRevoked(
  revoked: StaleIfErrorCache<Revoked>,
  pass: { sub: string; iat: number },
): Promise<boolean> {
  try {
    return await isRevoked(await revoked(), pass);
  } catch (error) {
    if (error instanceof AuthUnavailable) return false;
    throw error;
  }
}
