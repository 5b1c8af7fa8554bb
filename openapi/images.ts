import { z } from "zod";
import { Upload } from "../src/api/upload-body.ts";
import { Channel } from "../src/images/keys.ts";
import { content, empty, json, jsonBody, notModified } from "./bodies.ts";
import { answers, sends } from "./named-schemas.ts";
import { operation, type Resource } from "./operation.ts";
import { ifNoneMatch, inPath } from "./parameters.ts";

const PhotoAnnouncement = sends(
  "PhotoAnnouncement",
  Upload,
  "What a photo is called, and what it is.",
  { content_type: "image/jpeg, image/png, image/gif, image/webp or image/heic." },
);
const UploadAddress = answers(
  "UploadAddress",
  z.object({
    key: z.string(),
    upload_url: z.string().meta({ description: "Where the bytes are PUT, once." }),
    cdn_url: z.string().meta({ description: "What a scan takes as its `image_url`." }),
    expires_in: z.int().meta({ description: "How long `upload_url` is good for, s." }),
    required_headers: z.object({ "Content-Type": z.string() }),
  }),
  "Where a photo can be put.",
);

const channel = inPath("channel", Channel, "What the photo is for.", "scan");
const owner = z.string().regex(/^[0-9a-f]{32}$/);
const onePhoto = [
  channel,
  inPath("owner", owner, "Whose it is, as a hash.", "26ae784d194a5760464348329af4eb9f"),
  inPath("id", z.uuid(), "The photo.", "fc07a2d9-79e9-443a-95d9-9a3637af1fa0"),
];
const photo = `/api/v1/images/:channel/:owner/:id` as const;

export const images: Resource = {
  tag: "Images",
  description:
    "Photos of at most 10 MB and 50 megapixels, known by their first bytes. What a camera notes is cut out on " +
    "the way in. A photo is seen by its owner or by a signed address, and deleted after 30 days.",
  operations: [
    operation("post", "/api/v1/images/:channel", {
      id: "announcePhoto",
      summary: "An address to upload a photo to",
      access: "user",
      parameters: [channel],
      body: jsonBody(PhotoAnnouncement, {
        "a photo": { filename: "사진 1.jpg", content_type: "image/jpeg" },
      }),
      answers: {
        200: json("The address, good for 15 minutes and once.", UploadAddress, {
          "a photo": {
            key: "scan/26ae784d194a5760464348329af4eb9f/fc07a2d9-79e9-443a-95d9-9a3637af1fa0",
            upload_url:
              "/api/v1/images/scan/26ae784d194a5760464348329af4eb9f/fc07a2d9-79e9-443a-95d9-9a3637af1fa0" +
              "?token=eyJhbGciOiJIUzI1NiIsInR5cCI6InBob3RvLXVwbG9hZCtqd3QifQ.eyJ0eXBlIjoiaW1hZ2UvanBlZyJ9.uOLwfLj3G0y",
            cdn_url:
              "/api/v1/images/scan/26ae784d194a5760464348329af4eb9f/fc07a2d9-79e9-443a-95d9-9a3637af1fa0",
            expires_in: 900,
            required_headers: { "Content-Type": "image/jpeg" },
          },
        }),
      },
      problems: ["MALFORMED_JSON", "PAYLOAD_TOO_LARGE", "VALIDATION_ERROR", "NOT_CONFIGURED"],
    }),
    operation("put", photo, {
      id: "putPhoto",
      summary: "Upload a photo to its address",
      description:
        "The address is `upload_url`, whose token is all it takes. The first bytes decide what the photo is, " +
        "whatever `Content-Type` says.",
      access: "upload",
      parameters: onePhoto,
      body: { required: true, contents: [{ mediaType: "image/*", schema: null, examples: {} }] },
      answers: { 200: empty("The photo is stored.") },
      problems: [
        "IMAGE_NOT_FOUND",
        "UPLOAD_USED",
        "LINK_EXPIRED",
        "PAYLOAD_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "VALIDATION_ERROR",
        "NOT_CONFIGURED",
      ],
    }),
    operation("get", photo, {
      id: "getPhoto",
      summary: "A photo",
      access: "photo",
      parameters: [...onePhoto, ifNoneMatch],
      answers: {
        200: content("The photo, as it was stored.", "image/*", null, {}, [
          "ETag",
          "Cache-Control",
        ]),
        304: notModified,
      },
      problems: ["IMAGE_NOT_FOUND", "LINK_EXPIRED", "NOT_CONFIGURED"],
    }),
    operation("delete", photo, {
      id: "deletePhoto",
      summary: "Delete a photo of one's own",
      access: "user",
      parameters: onePhoto,
      answers: { 204: empty("It is not there any more; nor was it before, perhaps.") },
      problems: ["IMAGE_NOT_FOUND"],
    }),
  ],
};
