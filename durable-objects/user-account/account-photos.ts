import { z } from "zod";
import {
  noPhotos,
  type PhotoQuota,
  type PhotoUse,
  usePhotos,
} from "../../src/pipeline/photo-quota.ts";
import { seoulDayStart } from "../../src/pipeline/admission.ts";

const Used = z.object({
  /** When the day in Korea began, Unix ms. */
  day: z.int(),
  addresses: z.int(),
  photos: z.int(),
  bytes: z.int(),
});
const usedKey = "photos";
const erasedKey = "erased_at";

/** What a user has sent of photos today, and when the user was erased. */
export function accountPhotos({ kv }: DurableObjectStorage) {
  function usedOn(day: number): PhotoUse {
    const stored = Used.safeParse(kv.get(usedKey)).data;
    return stored?.day === day ? stored : noPhotos;
  }

  return {
    /** Counts what is asked for. @returns false, and counts nothing, when it exceeds a limit. */
    admit(asked: PhotoUse, quota: PhotoQuota, now: number): boolean {
      const day = seoulDayStart(now);
      const use = usePhotos(quota, usedOn(day), asked);
      if (use) kv.put(usedKey, { ...use, day });
      return use !== null;
    },

    /** Whether the user was erased at a time or later, Unix ms. */
    isErasedSince: (time: number): boolean => z.int().catch(0).parse(kv.get(erasedKey)) >= time,

    markErased: (now: number) => kv.put(erasedKey, now),
  };
}
