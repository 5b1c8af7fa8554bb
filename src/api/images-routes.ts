import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { secretKey } from "../auth/secrets.ts";
import { adaptersOf } from "../adapters.ts";
import { accountIdOf, callAccount, callAccountOfId } from "../objects.ts";
import { keyOfPath, photoPath } from "../images/photo-url.ts";
import { Channel, isPhotoOf, newPhotoKey } from "../images/photo-keys.ts";
import { maxPhotoBytes } from "../images/media-type.ts";
import {
  addressSeconds,
  type Opened,
  openRead,
  openUpload,
  uploadToken,
} from "../images/signed-url.ts";
import { assertPhotoTaken, cleaned, readPhoto } from "./photo.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, content, empty, json, jsonBody, notModified } from "./openapi/response-bodies.ts";
import { ifNoneMatch, inPath } from "./openapi/shared-parameters.ts";
import { found, Problem } from "./problem.ts";
import { maxAnnouncementBytes, PhotoAnnouncement } from "./photo-announcement.ts";
import { photoQuotaOf, tooManyPhotos } from "./photo-admission.ts";
import { parse, readBody } from "./read-body.ts";
import { requireUser, type UserEnv } from "./user.ts";

/** An upload needs its address's token alone, and a photo is seen by a token or as its owner. */
const requireUserOrToken = createMiddleware<UserEnv>(async function requireUserOrToken(c, next) {
  const { method } = c.req;
  const isRead = method === "GET" || method === "HEAD";
  const byToken = method === "PUT" || (isRead && c.req.query("token"));
  return byToken ? next() : requireUser(c, next);
});

const UploadAddress = body("UploadAddress", "Where a photo can be put.", {
  key: z.string(),
  upload_url: z.string().describe("Where the bytes are PUT, once."),
  cdn_url: z.string().describe("What a scan takes as its `image_url`."),
  expires_in: z.int().describe("How long `upload_url` is valid, s."),
  required_headers: z.object({ "Content-Type": z.string() }),
});

const channel = inPath("channel", "What the photo is for.", "scan", {
  type: "string",
  enum: Channel.options,
});
const onePhoto = [
  channel,
  inPath("owner", "Whose it is, as a hash.", "26ae784d194a5760464348329af4eb9f"),
  inPath("id", "The photo.", "fc07a2d9-79e9-443a-95d9-9a3637af1fa0"),
];

const route = defineRoutes("Images", "user");

const announcePhoto = route("post", "/{channel}", "announcePhoto", {
  summary: "An address to upload a photo to",
  parameters: [channel],
  requestBody: jsonBody(PhotoAnnouncement, {
    "a photo": { filename: "사진 1.jpg", content_type: "image/jpeg" },
  }),
  responses: { 200: json("The address, valid for 15 minutes and once.", UploadAddress) },
  problems: ["NOT_CONFIGURED"],
});

const putPhoto = route("put", "/{channel}/{owner}/{id}", "putPhoto", {
  summary: "Upload a photo to its address",
  description: "The first bytes decide what the photo is, whatever `Content-Type` is.",
  parameters: onePhoto,
  requestBody: { required: true, content: { "image/*": {} } },
  access: "upload",
  responses: { 200: empty("The photo is stored.") },
  problems: [
    "IMAGE_NOT_FOUND",
    "UPLOAD_USED",
    "LINK_EXPIRED",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "UNSUPPORTED_PHOTO_TYPE",
    "VALIDATION_ERROR",
    "NOT_CONFIGURED",
  ],
});

const getPhoto = route("get", "/{channel}/{owner}/{id}", "getPhoto", {
  summary: "A photo",
  parameters: [...onePhoto, ifNoneMatch],
  access: "photo",
  responses: {
    200: content("The photo, as it was stored.", "image/*", undefined, ["ETag", "Cache-Control"]),
    ...notModified,
  },
  problems: ["IMAGE_NOT_FOUND", "LINK_EXPIRED", "NOT_CONFIGURED"],
});

const deletePhoto = route("delete", "/{channel}/{owner}/{id}", "deletePhoto", {
  summary: "Delete a photo of one's own",
  parameters: onePhoto,
  responses: { 204: empty("It is deleted, or was before.") },
  problems: ["IMAGE_NOT_FOUND"],
});

export const images = router<UserEnv>(requireUserOrToken)
  .openapi(announcePhoto, async (c) => {
    const channel = parse(Channel, c.req.param("channel"));
    const { content_type: type } = await readBody(c, PhotoAnnouncement, {
      maxBytes: maxAnnouncementBytes,
    });
    const secret = secretOf(c);
    const userId = c.get("userId");
    const quota = photoQuotaOf(c.env);
    const made = await callAccount(c.env, userId, (it) => it.admitAddress(quota));
    if (made === null) throw tooManyPhotos(c);
    const key = await newPhotoKey(channel, userId);
    await adaptersOf(c.env).images.reserve(key);
    const terms = { account: accountIdOf(c.env, userId), made, type, max: maxPhotoBytes };
    const token = await uploadToken(secret, key, terms);
    // Absolute: the existing front end takes them as they are, on whatever origin it is itself.
    const { href } = new URL(photoPath(key), c.req.url);
    return c.json(
      {
        key,
        upload_url: `${href}?token=${token}`,
        cdn_url: href,
        expires_in: addressSeconds,
        required_headers: { "Content-Type": type },
      },
      200,
    );
  })

  // The token is all it takes: no cookies come along from another origin. What the header calls the
  // bytes is not looked at, since an existing client claims image/png whatever it sends: the bytes decide.
  .openapi(putPhoto, async (c) => {
    const key = keyOf(c);
    const token = c.req.query("token") ?? "";
    const { max, account, made } = openedOr404(await openUpload(secretOf(c), token, key));
    const { images, models } = adaptersOf(c.env);
    if (!(await images.isReserved(key))) throw alreadyUsed();
    const bytes = await readPhoto(c.req.raw, max);
    const quota = photoQuotaOf(c.env);
    const admission = await callAccountOfId(c.env, account, (it) =>
      it.admitUpload(bytes.length, quota, made),
    );
    if (admission === "erased") throw photoNotFound();
    if (admission === "refused") throw tooManyPhotos(c);
    const photo = cleaned(bytes);
    assertPhotoTaken(photo.type, null, { models, env: c.env });
    // An erasure or a delete since then has ended the reservation: nothing is stored.
    if (!(await images.putReserved(key, photo))) throw alreadyUsed();
    return c.body(null, 200);
  })

  .openapi(getPhoto, async (c) => {
    const key = keyOf(c);
    const token = c.req.query("token");
    let mayStore = true;
    if (token) {
      const { account, made, no_store } = openedOr404(await openRead(secretOf(c), token, key));
      const isErased = await callAccountOfId(c.env, account, (it) => it.isErasedSince(made));
      if (isErased) throw photoNotFound();
      mayStore = !no_store;
    } else if (!(await isPhotoOf(c.get("userId"), key))) throw photoNotFound();
    const photo = found(
      await adaptersOf(c.env).images.open(key, knownTo(c.req.raw)),
      "IMAGE_NOT_FOUND",
      notYours,
    );
    const headers = {
      etag: photo.etag,
      "cache-control": mayStore ? `private, max-age=${addressSeconds}` : "private, no-store",
      "content-disposition": "inline",
      "x-content-type-options": "nosniff",
      // Whatever it turns out to be, it runs nothing.
      "content-security-policy": "sandbox; default-src 'none'",
      // A front end on a neighbouring host shows it.
      "cross-origin-resource-policy": "same-site",
    };
    if (!photo.body) return c.body(null, 304, headers);
    return c.body(photo.body, 200, { ...headers, "content-type": photo.type });
  })

  // Of one that is not there as well: who asks again is answered the same.
  .openapi(deletePhoto, async (c) => {
    const key = keyOf(c);
    if (!(await isPhotoOf(c.get("userId"), key))) throw photoNotFound();
    await adaptersOf(c.env).images.delete(key);
    return c.body(null, 204);
  });

const keyOf = (c: Context): string => found(keyOfPath(c.req.path), "IMAGE_NOT_FOUND", notYours);

const etags = /^\s*(?:\*|(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*)\s*$/;

/** Only whether it is known: other conditions, ranges and what names no ETag are not served. */
function knownTo(request: Request): Headers {
  const known = request.headers.get("if-none-match") ?? "";
  return new Headers(etags.test(known) ? { "if-none-match": known } : {});
}

function secretOf(c: Context<UserEnv>): Uint8Array {
  const { key, error } = secretKey(c.env.SIGNING_SECRET);
  if (key) return key;
  throw new Problem(
    "NOT_CONFIGURED",
    `Photos cannot be uploaded here: SIGNING_SECRET ${error ?? "is not set"}.`,
  );
}

function openedOr404<Terms>(opened: Opened<Terms>): Terms {
  if (opened.verdict === "open") return opened.terms;
  if (opened.verdict === "closed") throw photoNotFound();
  throw new Problem(
    "LINK_EXPIRED",
    "Addresses of photos are good for 15 minutes; ask for another.",
  );
}

const notYours = "No photo of yours has this address.";
const photoNotFound = () => new Problem("IMAGE_NOT_FOUND", notYours);

const alreadyUsed = () =>
  new Problem(
    "UPLOAD_USED",
    "A photo was put here already, or deleted before it came; ask for another address.",
  );
