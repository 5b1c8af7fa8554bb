import { z } from "zod";
import { certaintyShape } from "../pipeline/certainty.ts";
import { Classification, OtherItems, SituationTag } from "../pipeline/taxonomy.ts";
import { log } from "../platform/log.ts";
import { sha256 } from "../platform/sha256.ts";
import { withTimeout } from "../platform/timeout.ts";
import type { VisionInput, VisionResult } from "../ports.ts";

const ttlSeconds = 24 * 60 * 60;
/** How long a read or a write may take: a model call is the alternative, ms. */
const timeoutMs = 1_000;

/** Vision results by `visionCacheKey`. */
export interface VisionCache {
  get(key: string): Promise<VisionResult | null>;
  put(key: string, result: VisionResult): Promise<void>;
}

const CachedResult = z.object({
  classification: Classification,
  situation_tags: z.array(SituationTag),
  notice: z.string().nullable(),
  other_items: OtherItems.optional(),
  certainty: z.strictObject(certaintyShape).optional(),
});

/** Keys of the Cache API are URLs. This one is nobody's, and no request from outside reaches it. */
const urlOf = (key: string) => `https://vision-cache.invalid/${encodeURIComponent(key)}`;

/**
 * Caches vision results for a day in Cloudflare's cache, which costs nothing and is that of one data center.
 * A value of another version that does not parse is a miss. While the cache is unavailable, reads miss and
 * writes are dropped. https://developers.cloudflare.com/workers/runtime-apis/cache/
 *
 * @param open opens the cache, such as `caches.open(name)`.
 */
export const edgeVisionCache = (
  open: () => Promise<Pick<Cache, "match" | "put">>,
): VisionCache => ({
  get: (key) =>
    nullOnError(async () => {
      const cached = await (await open()).match(urlOf(key));
      return cached ? (CachedResult.safeParse(await cached.json()).data ?? null) : null;
    }),
  async put(key, result) {
    const headers = { "cache-control": `max-age=${ttlSeconds}` };
    await nullOnError(async () => {
      await (await open()).put(urlOf(key), Response.json(result, { headers }));
      return null;
    });
  },
});

async function nullOnError<Value>(operation: () => Promise<Value>): Promise<Value | null> {
  try {
    return await withTimeout(timeoutMs, operation);
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
