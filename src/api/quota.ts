import type { Context } from "hono";
import { z } from "zod";
import type { PhotoQuota } from "../pipeline/photo-quota.ts";
import {
  type Admission,
  type Admitted,
  type Quota,
  secondsToMidnight,
} from "../pipeline/admission.ts";
import type { Submission } from "../pipeline/submission.ts";
import { isGuest } from "../auth/guests.ts";
import { callAccount } from "../objects.ts";
import { Problem } from "./problem.ts";
import type { UserEnv } from "./user.ts";

const Limit = z.union([z.literal(""), z.coerce.number().int().positive()]);
const daySeconds = 24 * 60 * 60;
/** The names of the two budgets in the RateLimit headers (draft-ietf-httpapi-ratelimit-headers). */
const names = { perDay: "day", atOnce: "at-once" } as const;

/** The quota of a user. Throws a RangeError for a setting that is not a positive integer. */
export function quotaOf(
  { AUTH_MODE, SCANS_PER_DAY, GUEST_SCANS_PER_DAY, SCANS_AT_ONCE }: Env,
  userId: string,
): Quota {
  const dev = AUTH_MODE === "dev";
  return {
    perDay: isGuest(userId)
      ? limitOf("GUEST_SCANS_PER_DAY", GUEST_SCANS_PER_DAY, dev ? null : 10)
      : limitOf("SCANS_PER_DAY", SCANS_PER_DAY, dev ? null : 200),
    atOnce: limitOf("SCANS_AT_ONCE", SCANS_AT_ONCE, dev ? null : 5),
  };
}

const megabyte = 1024 * 1024;

/** What every user may send of photos a day. Throws a RangeError for a setting that is not a positive integer. */
export function photoQuotaOf({ AUTH_MODE, PHOTOS_PER_DAY, PHOTO_MB_PER_DAY }: Env): PhotoQuota {
  const dev = AUTH_MODE === "dev";
  const megabytes = limitOf("PHOTO_MB_PER_DAY", PHOTO_MB_PER_DAY, dev ? null : 1_000);
  return {
    photos: limitOf("PHOTOS_PER_DAY", PHOTOS_PER_DAY, dev ? null : 400),
    bytes: megabytes === null ? null : megabytes * megabyte,
  };
}

/** The problem of a user who has sent as many photos today as a user may. */
export function tooManyPhotos(c: Context): Problem {
  c.header("retry-after", String(secondsToMidnight(Date.now())));
  return new Problem(
    "RATE_LIMITED",
    "No more photos are taken today; there are new ones at midnight in Korea.",
  );
}

/** How many guests may begin at one address a day; null for any number. */
export const guestsPerAddress = ({ AUTH_MODE, GUESTS_PER_ADDRESS }: Env): number | null =>
  limitOf("GUESTS_PER_ADDRESS", GUESTS_PER_ADDRESS, AUTH_MODE === "dev" ? null : 20);

function limitOf(name: string, text: string, otherwise: number | null): number | null {
  const limit = Limit.safeParse(text.trim());
  if (!limit.success) throw new RangeError(`${name} must be a whole number above 0, or empty`);
  return limit.data === "" ? otherwise : limit.data;
}

/**
 * Admits a user's scan, and sets the RateLimit headers. A scan that its key has named before keeps its id.
 * Throws 429 when the quota is used up.
 */
export async function admit(
  c: Context<UserEnv>,
  userId: string,
  key: string | null,
): Promise<Admitted & Pick<Submission, "jobId" | "keyed">> {
  const quota = quotaOf(c.env, userId);
  const newId = crypto.randomUUID();
  const admission = await callAccount(c.env, userId, (it) => it.admit(newId, quota, key));
  for (const [name, value] of Object.entries(headersOf(admission))) c.header(name, value);
  if (admission.admitted) {
    const { jobId, lane, owned } = admission;
    return { jobId, keyed: key !== null, lane, owned };
  }
  const { refusedBy, budgets } = admission;
  c.header("retry-after", String(budgets[refusedBy]?.resetSeconds ?? 1));
  throw new Problem("RATE_LIMITED", messages[refusedBy]);
}

const messages = {
  perDay: "No scans are left for today; there are new ones at midnight in Korea.",
  atOnce: "Too many scans are running at once; wait for one to end.",
};

function headersOf({ budgets }: Admission): Record<string, string> {
  const limited = (["perDay", "atOnce"] as const).flatMap((name) => {
    const budget = budgets[name];
    return budget ? [{ ...budget, name: names[name], window: name === "perDay" }] : [];
  });
  if (limited.length === 0) return {};
  return {
    "ratelimit-policy": limited
      .map(({ name, limit, window }) => `"${name}";q=${limit}${window ? `;w=${daySeconds}` : ""}`)
      .join(", "),
    ratelimit: limited
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(", "),
  };
}
