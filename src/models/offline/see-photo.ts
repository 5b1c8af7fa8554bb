import { byteSemaphore } from "../../images/byte-semaphore.ts";
import { PixelsRefused } from "../../images/pixels/pixels-refused.ts";
import { readPixels } from "../../images/pixels/read-pixels.ts";
import { photoCandidates } from "../../photo-model/photo-classes.ts";
import type { PhotoModel } from "../../photo-model/photo-model.ts";
import { openPhoto, type PhotoAccess } from "../photo-source.ts";
import type { SeePhoto } from "./offline-model.ts";

/** The bytes of photos that an isolate reads at once. Their pixels take at most 40 MB, one after the other. */
const reading = byteSemaphore({ bytes: 16 * 1024 * 1024, leaseMs: 30_000, timeoutMs: 25_000 });

/** Looks at photos with the model that runs in the Worker. HEIC is converted, where something converts it. */
export const seePhotos =
  (loadModel: () => Promise<PhotoModel>, access: PhotoAccess): SeePhoto =>
  async (photo, signal) => {
    const source = await openPhoto(photo, access, signal);
    return reading(source.size, signal, async () => {
      const original = await source.read();
      const convert = original.type === "image/heic" ? access.convert : null;
      const { bytes } = convert ? await convert(original.bytes) : original;
      const model = await loadModel();
      try {
        return photoCandidates(model.classes, model.look(await readPixels(bytes, model.size)));
      } catch (error) {
        if (error instanceof PixelsRefused) return null;
        throw error;
      }
    });
  };
