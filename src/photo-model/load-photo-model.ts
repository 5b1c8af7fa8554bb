import { sha256 } from "../platform/sha256.ts";
import { staleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import type { KernelModules } from "./kernel.ts";
import { type PhotoModel, photoModelOf } from "./photo-model.ts";

/** The photo model cannot be loaded. `cause` says why; the next call but those at once tries again. */
export class PhotoModelUnavailable extends Error {
  override readonly name = "PhotoModelUnavailable";
}

export interface PhotoModelOptions {
  fetchWeights: () => Promise<ArrayBuffer>;
  /** SHA-256 of the weights file, lower-case hex. */
  weightsSha256: string;
  kernel: KernelModules;
}

/**
 * Returns a function that gives the photo model, read once an isolate.
 * It rejects with `PhotoModelUnavailable`, and tries again a second after that.
 */
export function loadPhotoModel({ fetchWeights, weightsSha256, kernel }: PhotoModelOptions) {
  return staleIfErrorCache<PhotoModel>({
    name: "photo-model",
    async load() {
      const file = await fetchWeights();
      const digest = await sha256(new Uint8Array(file));
      if (digest !== weightsSha256)
        throw new Error(`The weights have the SHA-256 ${digest} instead of ${weightsSha256}.`);
      return photoModelOf(file, kernel);
    },
    freshMs: Infinity,
    usableMs: Infinity,
    loadMs: 10_000,
    pauseMs: 1_000,
    unavailable: (cause) =>
      new PhotoModelUnavailable("The photo model is not available.", { cause }),
  });
}
