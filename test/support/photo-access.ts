import type { PhotoAccess } from "../../src/models/photo-source.ts";
import type { PhotoStore } from "../../src/models/photo-source.ts";

const noPhotos: PhotoStore = {
  sizeOf: () => Promise.resolve(null),
  get: () => Promise.resolve(null),
};

/** Access to stored photos, without a converter, and to any URL. */
export const photoAccess = (images = noPhotos): PhotoAccess => ({
  images,
  convert: null,
  isAllowed: () => true,
});
