import { z } from "zod";
import { photoTypes } from "../images/media-type.ts";
import { requestSchema } from "./openapi/response-bodies.ts";

/** What a photo is called is shorter. */
export const maxAnnouncementBytes = 4 * 1024;

/** Other names that clients have for media types. */
const aliases = new Map([
  ["image/jpg", "image/jpeg"],
  ["image/heif", "image/heic"],
]);

export const PhotoAnnouncement = requestSchema(
  "PhotoAnnouncement",
  "The name and the media type of a photo.",
  {
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
      })
      .describe(`One of ${photoTypes.join(", ")}.`),
    uploader_id: z.unknown().optional().describe("Not read: existing clients may send it."),
    metadata: z.unknown().optional().describe("Not read: existing clients may send it."),
  },
);
