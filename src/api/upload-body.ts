import { z } from "zod";
import { photoTypes } from "../images/media-type.ts";

/** Other names that clients have for what is taken. */
const aliases = new Map([
  ["image/jpg", "image/jpeg"],
  ["image/heif", "image/heic"],
]);

/** What a client says of a photo that it wants to upload. */
export const Upload = z.object({
  filename: z
    .string()
    .trim()
    .min(1)
    .max(255)
    // oxlint-disable-next-line no-control-regex
    .regex(/^[^/\\\u0000-\u001f\u007f]+$/, { error: "has to be a name, without a path" }),
  content_type: z
    .string()
    .trim()
    .toLowerCase()
    .refine((type) => photoTypes.some((it) => it === (aliases.get(type) ?? type)), {
      error: `has to be one of ${photoTypes.join(", ")}`,
    }),
});
