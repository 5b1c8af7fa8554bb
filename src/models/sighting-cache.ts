import { z } from "zod";
import { Classification, SituationTag } from "../pipeline/taxonomy.ts";
import type { Question, Sighting } from "../ports.ts";
import { log } from "../platform/log.ts";
import { sha256 } from "../platform/sha256.ts";

const keptSeconds = 24 * 60 * 60;

/** Sightings that were paid for, by what was asked. */
export interface SightingCache {
  recall(key: string): Promise<Sighting | null>;
  remember(key: string, sighting: Sighting): Promise<void>;
}

const Remembered = z.object({
  classification: Classification,
  situation_tags: z.array(SituationTag),
  notice: z.string().nullable(),
});

/**
 * Keeps sightings in KV for a day. What does not parse was written by another version, and is none.
 * A store that is down costs a model call, and never one that was paid for.
 */
export const kvSightingCache = (kv: KVNamespace): SightingCache => ({
  recall: (key) =>
    unlessDown(async () => Remembered.safeParse(await kv.get(key, "json")).data ?? null),
  async remember(key, sighting) {
    await unlessDown(async () => {
      await kv.put(key, JSON.stringify(sighting), { expirationTtl: keptSeconds });
      return null;
    });
  },
});

async function unlessDown<Value>(ask: () => Promise<Value>): Promise<Value | null> {
  try {
    return await ask();
  } catch (error) {
    log("warn", "sighting_cache.down", { error: String(error) });
    return null;
  }
}

/**
 * The same bytes, words, model and prompt make the same question. Null for a photo by address, whose
 * bytes are not known, and for none.
 */
export async function sightingKey(
  { photo, words }: Question,
  model: string,
  prompt: string,
): Promise<string | null> {
  if (photo?.kind !== "stored") return null;
  return `sighting:${await sha256(JSON.stringify([photo.sha256, words, model, prompt]))}`;
}
