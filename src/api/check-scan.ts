import type { Context } from "hono";
import type { Adapters } from "../adapters.ts";
import { namedPhoto } from "../images/r2-images.ts";
import type { Photo, ScanRequest } from "../pipeline/request.ts";
import { callbackUrlOf } from "./callback-url.ts";
import { isOwnUrl, photoAt } from "./image-url.ts";
import { assertPhotoTaken, cleaned } from "./photo.ts";
import { invalidValue, Problem } from "./problem.ts";
import { hashOfSent, type SentScan } from "./scan-body.ts";
import type { UserEnv } from "./user.ts";

/** A request without a fault but in its photo, which is not looked at before it is admitted. */
export interface CheckedRequest {
  fields: Omit<ScanRequest, "photo">;
  /** Whether its photo is one of ours, stored or sent. */
  hasOwnPhoto: boolean;
  /** Checks the photo, after its admission. Throws the problem of one that is refused. */
  checkPhoto: () => Promise<CheckedPhoto>;
}

/** Computes what a submission needs beside it. It stores nothing, so that it can run during the admission. */
export type CheckedPhoto = () => Promise<Prepared>;

interface Prepared {
  /** Of what the client sent. */
  requestHash: string;
  /** Stores the photo when it was uploaded with the request. For an admitted scan alone. */
  storePhoto: () => Promise<Photo | null>;
}

/** Checks whether a submit is taken here. Throws the problem of one that is refused. */
export function checkScan(
  c: Context<UserEnv>,
  sent: SentScan,
  { models, images }: Adapters,
): CheckedRequest {
  const { fields, bytes } = sent;
  const model = fields.model ?? models.defaultModel;
  const supported_models = models.supported.map(({ name }) => name);
  if (!supported_models.includes(model)) {
    throw new Problem(
      "UNSUPPORTED_MODEL",
      `The model ${JSON.stringify(model)} is not configured here.`,
      { supported_models },
    );
  }
  if (bytes && fields.image_url) {
    throw new Problem("VALIDATION_ERROR", "Send either an image or an image_url, not both.");
  }
  const user_input = fields.user_input || null;
  if (!bytes && !fields.image_url && !user_input) {
    throw new Problem("IMAGE_URL_REQUIRED", "Send an image_url, an image, or a user_input.");
  }
  const callback_url = callbackUrlOf(fields.callback_url, c.env);
  const callback_events = fields.callback_events ?? undefined;
  if (callback_events && !callback_url) {
    throw invalidValue("callback_events", "needs a callback_url that receives them");
  }
  const assertTaken = (type: string) => assertPhotoTaken(type, model, { models, env: c.env });
  return {
    fields: {
      user_input,
      model,
      region: fields.region || null,
      callback_url,
      ...(callback_events && { callback_events }),
      reuse: fields.reuse ?? true,
    },
    hasOwnPhoto: bytes !== null || isOwnUrl(fields.image_url ?? "", c.req.url),
    async checkPhoto() {
      const photo = await photoOf(c, sent, { images, assertTaken });
      return async () => {
        const [requestHash, storePhoto] = await Promise.all([hashOfSent(sent), photo()]);
        return { requestHash, storePhoto };
      };
    },
  };
}

/** Checks the photo. What is returned names it, and gives what stores it. */
async function photoOf(
  c: Context<UserEnv>,
  { fields: { image_url }, bytes }: SentScan,
  { images, assertTaken }: { images: Adapters["images"]; assertTaken: (type: string) => void },
): Promise<() => Promise<Prepared["storePhoto"]>> {
  const userId = c.get("userId");
  if (image_url) {
    const photo = await photoAt(image_url, { userId, requestUrl: c.req.url, env: c.env, images });
    if (photo.kind === "stored") assertTaken(photo.type);
    return async () => async () => photo;
  }
  if (!bytes) return async () => async () => null;
  const clean = cleaned(bytes);
  assertTaken(clean.type);
  return async () => {
    const photo = await namedPhoto(userId, clean);
    return async () => {
      await images.put(photo);
      const { key, sha256, type } = photo;
      return { kind: "stored", key, sha256, type };
    };
  };
}
