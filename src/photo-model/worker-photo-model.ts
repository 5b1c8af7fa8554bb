import plain from "./kernel-plain.wasm";
import simd from "./kernel-simd.wasm";
import { loadPhotoModel } from "./load-photo-model.ts";
import { photoWeights } from "./photo-weights.ts";

/** The photo model of a Worker, whose weights are one of its static assets. */
export const workerPhotoModel = (assets: Fetcher) =>
  loadPhotoModel({
    async fetchWeights() {
      // The binding looks at the path only.
      const response = await assets.fetch(new URL(photoWeights.path, "https://assets.invalid"));
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`${photoWeights.path} answers ${response.status}.`);
      }
      return response.arrayBuffer();
    },
    weightsSha256: photoWeights.sha256,
    kernel: { simd: () => simd, plain: () => plain },
  });
