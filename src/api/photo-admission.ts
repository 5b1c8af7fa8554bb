import type { Context } from "hono";
import { callAccount } from "../objects.ts";
import { secondsToMidnight } from "../pipeline/admission.ts";
import type { PhotoQuota } from "../pipeline/photo-quota.ts";
import { Problem } from "./problem.ts";
import { limitOf, quotaOf, refusedScan } from "./quota.ts";
import type { UserEnv } from "./user.ts";

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

/**
 * Counts the photo of a scan, before any work is done for it. Throws 429 when the quota of scans or of photos is used
 * up.
 *
 * @param bytes Of a photo that comes with the scan; null for one that is stored.
 * @returns false, and counts nothing, when the key names a scan already.
 */
export async function admitPhoto(
  c: Context<UserEnv>,
  { key, bytes }: { key: string | null; bytes: number | null },
): Promise<boolean> {
  const userId = c.get("userId");
  const [scans, photos] = [quotaOf(c.env, userId), photoQuotaOf(c.env)];
  const admission = await callAccount(c.env, userId, (it) =>
    it.admitPhoto({ key, bytes }, scans, photos),
  );
  if (admission.verdict === "scans") throw refusedScan(c, admission.refusal);
  if (admission.verdict === "photos") throw tooManyPhotos(c);
  return admission.verdict === "admitted";
}
