import { PermanentError, TransientError } from "../pipeline/errors.ts";
import type { PhotoBytes } from "./photo-source.ts";

/** Converts a photo to JPEG. */
export type PhotoConverter = (bytes: Uint8Array) => Promise<PhotoBytes>;

/** Pixels of a side. Models look at less. */
const maxSide = 2_048;
/** https://developers.cloudflare.com/images/transform-images/bindings/ */
const notAnImage = 9412;

/** Converts by Cloudflare Images; of an animation it takes the first frame. */
export const imagesConverter =
  (images: Pick<ImagesBinding, "input">): PhotoConverter =>
  async (bytes) => {
    const original: ReadableStream<Uint8Array> = new Blob([bytes.slice()]).stream();
    try {
      const converted = await images
        .input(original)
        .transform({ width: maxSide, height: maxSide, fit: "scale-down" })
        .output({ format: "image/jpeg", anim: false });
      const jpeg = await converted.response().arrayBuffer();
      return { bytes: new Uint8Array(jpeg), type: "image/jpeg" };
    } catch (error) {
      const message = `The photo could not be converted: ${String(error)}`;
      throw error instanceof Error && "code" in error && error.code === notAnImage
        ? new PermanentError("MODEL_UNSUPPORTED_INPUT", message, { cause: error })
        : new TransientError("PHOTO_NOT_CONVERTED", message, { cause: error });
    }
  };
