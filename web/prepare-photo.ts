/** A photo to submit; `preview` is an object URL, null where the browser cannot show it. */
export interface Photo {
  blob: Blob;
  name: string;
  preview: string | null;
}

const maxPhotoBytes = 10 * 1024 * 1024;
const longestSide = 1024;
const quality = 0.85;

/**
 * Converts a photo to JPEG of at most 1024 px, without its EXIF data such as the location. A format that
 * the browser cannot read stays as it is; null when that is too large.
 */
export async function preparePhoto(file: File): Promise<Photo | null> {
  const small = await shrink(file);
  const blob = small ?? file;
  if (blob.size > maxPhotoBytes) return null;
  return { blob, name: file.name, preview: small && URL.createObjectURL(small) };
}

/** A photo that was prepared before. */
export const keptPhoto = (blob: Blob | null): Photo | null =>
  blob && { blob, name: "photo.jpg", preview: URL.createObjectURL(blob) };

async function shrink(file: File): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (!context) return null;
  // JPEG has no transparency: transparent pixels would turn black.
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

export function releasePhoto(photo: Photo | null): void {
  if (photo?.preview) URL.revokeObjectURL(photo.preview);
}
