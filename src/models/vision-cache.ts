import { z } from "zod";
import { certaintyShape } from "../pipeline/certainty.ts";
import { Classification, SituationTag } from "../pipeline/taxonomy.ts";
import { log } from "../platform/log.ts";
import { sha256 } from "../platform/sha256.ts";
import type { VisionInput, VisionResult } from "../ports.ts";

const ttlSeconds = 24 * 60 * 60;

/** Vision results by `visionCacheKey`. */
export interface VisionCache {
  get(key: string): Promise<VisionResult | null>;
  put(key: string, result: VisionResult): Promise<void>;
}

const CachedResult = z.object({
  classification: Classification,
  situation_tags: z.array(SituationTag),
  notice: z.string().nullable(),
  certainty: z.strictObject(certaintyShape).optional(),
});

/**
 * Caches vision results in KV for a day. A value of another version that does not parse is a miss.
 * While KV is unavailable, reads miss and writes are dropped.
 */
export const kvVisionCache = (kv: KVNamespace): VisionCache => ({
  get: (key) =>
    nullOnError(async () => CachedResult.safeParse(await kv.get(key, "json")).data ?? null),
  async put(key, result) {
    await nullOnError(async () => {
      await kv.put(key, JSON.stringify(result), { expirationTtl: ttlSeconds });
      return null;
    });
  },
});

async function nullOnError<Value>(operation: () => Promise<Value>): Promise<Value | null> {
  try {
    return await operation();
  } catch (error) {
    log("warn", "vision_cache.unavailable", { error: String(error) });
    return null;
  }
}

/**
 * The cache key of an input: the photo's bytes, the words, the model and its prompt.
 *
 * @returns null without a photo, and for a photo by URL, whose bytes are not known.
 */
export async function visionCacheKey(
  { photo, words }: VisionInput,
  model: string,
  prompt: string,
): Promise<string | null> {
  if (photo?.kind !== "stored") return null;
  return `vision:${await sha256(JSON.stringify([photo.sha256, words, model, prompt]))}`;
}
