import { cleanPhoto, type CleanPhoto } from "../images/clean/clean-photo.ts";
import { PhotoRefused } from "../images/clean/photo-refused.ts";
import { maxPhotoBytes } from "../images/media-type.ts";
import { readAtMost } from "../images/read-at-most.ts";
import type { ModelRegistry } from "../models/model-registry.ts";
import { Problem } from "./problem.ts";

const codes = { type: "UNSUPPORTED_MEDIA_TYPE", content: "VALIDATION_ERROR" } as const;

export const photoTooLarge = (): Problem =>
  new Problem("PAYLOAD_TOO_LARGE", `A photo may have at most ${maxPhotoBytes} bytes.`);

/** A problem that names the photo, and not the fields beside it. */
export const photoProblem = (
  code: "VALIDATION_ERROR" | "UNSUPPORTED_MEDIA_TYPE",
  message: string,
) => new Problem(code, message, { errors: [{ path: "image", message }] });

/** A photo as it may be stored, or the problem it has. */
export function cleaned(bytes: Uint8Array): CleanPhoto {
  try {
    return cleanPhoto(bytes);
  } catch (error) {
    if (!(error instanceof PhotoRefused)) throw error;
    throw photoProblem(codes[error.reason], error.message);
  }
}

/**
 * Checks that a photo can be sent to a model. Where photos are converted, each can.
 *
 * @param model the model's name; null for a photo that any model may get.
 */
export function assertPhotoTaken(
  type: string,
  model: string | null,
  { models, env }: { models: ModelRegistry; env: Pick<Env, "PHOTO_CONVERTER"> },
): void {
  if (env.PHOTO_CONVERTER) return;
  const names = model === null ? models.supported.map(({ name }) => name) : [model];
  const rows = names.flatMap((name) => models.servedRow(name) ?? []);
  const seeing = rows.filter(({ vision }) => vision);
  const photo_types = [...new Set(seeing.flatMap((row) => row.photo_types))];
  if (seeing.length === 0 || photo_types.includes(type)) return;
  throw new Problem(
    "UNSUPPORTED_PHOTO_TYPE",
    `${model ?? "Each model here"} takes ${photo_types.join(", ")}, and this is ${type}. ` +
      "Convert it to JPEG, or name a model of GET /api/v1/models that takes it.",
    { photo_types },
  );
}

/** Reads an uploaded photo. One that says that it is too large is not read. */
export async function readPhoto(request: Request, max: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > max) throw photoTooLarge();
  return readAtMost(request, max, photoTooLarge);
}
