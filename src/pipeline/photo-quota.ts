import type { Refusal } from "./admission.ts";

/** What one user may send of photos a day, in Korea; null for no limit. */
export interface PhotoQuota {
  /** Photos, and as many upload addresses. */
  photos: number | null;
  bytes: number | null;
}

/** What a user asked for today: upload addresses, and photos that were cleaned, stored or not. */
export interface PhotoUse {
  addresses: number;
  photos: number;
  bytes: number;
}

export const noPhotos: PhotoUse = { addresses: 0, photos: 0, bytes: 0 };

/** What is used after one more request; null when it exceeds a limit of what it asks for. */
export function usePhotos(quota: PhotoQuota, used: PhotoUse, asked: PhotoUse): PhotoUse | null {
  const limits = { addresses: quota.photos, photos: quota.photos, bytes: quota.bytes };
  const use = { ...used };
  for (const name of ["addresses", "photos", "bytes"] as const) {
    use[name] += asked[name];
    if (asked[name] > 0 && use[name] > (limits[name] ?? Infinity)) return null;
  }
  return use;
}

/** Whether the photo of a scan is admitted, and what refuses it. */
export type PhotoAdmission =
  | { verdict: "admitted" }
  /** The key names a scan already. */
  | { verdict: "known" }
  | { verdict: "photos" }
  | { verdict: "scans"; refusal: Refusal };
