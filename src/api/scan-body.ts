import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { Adapters } from "../adapters.ts";
import { maxPhotoBytes } from "../images/media-type.ts";
import { namedPhoto } from "../images/r2-images.ts";
import { requestHashOf } from "../pipeline/request-hash.ts";
import type { Photo, ScanRequest } from "../pipeline/request.ts";
import { defaultWebhookTypes, WebhookType } from "../pipeline/webhook-types.ts";
import { sha256 } from "../platform/sha256.ts";
import { callbackUrlOf } from "./callback-url.ts";
import { photoAt } from "./image-url.ts";
import { assertPhotoTaken, cleaned, photoProblem, photoTooLarge } from "./photo.ts";
import { invalidValue, Problem } from "./problem.ts";
import { body } from "./openapi/response-bodies.ts";
import { parse, readBody } from "./read-body.ts";
import type { UserEnv } from "./user.ts";

const maxTextBytes = 64 * 1024;
const maxWords = 2_000;
const maxRegion = 40;

/** An empty field is an absent one: forms send them. */
const absentIfEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" ? null : value), schema.nullish());

const Texts = z.array(z.string());

/** A list without what is empty or twice, in order; null for an empty one. Anything else is left to be refused. */
function listed(value: unknown): unknown {
  const texts = Texts.safeParse(typeof value === "string" ? [value] : value);
  if (!texts.success) return value;
  const named = texts.data.flatMap((text) => text.split(",")).map((it) => it.trim());
  const unique = [...new Set(named.filter((it) => it !== ""))];
  return unique.length > 0 ? unique.toSorted((a, b) => (a < b ? -1 : 1)) : null;
}

/** The fields of a submit, beside an uploaded photo. */
export const Fields = body(
  "ScanSubmission",
  "A photo, words, or both. An empty field is an absent one.",
  {
    image_url: absentIfEmpty(z.string().trim().max(2_048)).describe(
      "A photo: the `cdn_url` of an upload of one's own, or a public https address.",
    ),
    // A form sends line breaks as CRLF, which are no more words.
    user_input: absentIfEmpty(
      z
        .string()
        .overwrite((words) => words.replaceAll("\r\n", "\n").trim())
        .max(maxWords),
    ).describe("The resident's words."),
    model: absentIfEmpty(z.string()).describe(
      "One of `GET /api/v1/models`; without it, its `default`.",
    ),
    region: absentIfEmpty(z.string().trim().max(maxRegion)).describe(
      "Where the resident lives, such as 서울특별시 강남구; adds that municipality's rules.",
    ),
    callback_url: absentIfEmpty(z.string().max(2_048)).describe(
      "Is notified when the scan ends or is parked; https, a public host, port 443.",
    ),
    // A form sends text: types that are separated by commas, or a field for each.
    callback_events: z
      .preprocess(listed, z.array(WebhookType).nullish())
      .describe(
        `Which events \`callback_url\` receives; without it, ${defaultWebhookTypes.join(", ")}.`,
      ),
    // A form sends text.
    reuse: absentIfEmpty(z.union([z.boolean(), z.stringbool()])).describe(
      "Whether the vision result of an earlier scan of the same photo may be used; without it, yes.",
    ),
  },
);
type Fields = z.infer<typeof Fields>;

const isMultipart = (c: Context) => mediaType(c) === "multipart/form-data";
const mediaType = (c: Context) => c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();

/** Refuses a body that is larger than its kind may be, before it is read. */
export const limitBody = createMiddleware<{ Bindings: Env }>(async function limitBody(c, next) {
  const maxSize = isMultipart(c) ? maxPhotoBytes + maxTextBytes : maxTextBytes;
  return bodyLimit({
    maxSize,
    onError() {
      throw new Problem("PAYLOAD_TOO_LARGE", `The body may have at most ${maxSize} bytes.`);
    },
  })(c, next);
});

/** A request without a fault, before its scan is admitted. */
export interface CheckedRequest extends Omit<ScanRequest, "photo"> {
  /** Computes what a submission needs beside it. It stores nothing, so that it can run during the admission. */
  prepare: () => Promise<Prepared>;
}

interface Prepared {
  /** Of what the client sent. */
  requestHash: string;
  /** Stores the photo when it was uploaded with the request. For an admitted scan alone. */
  storePhoto: () => Promise<Photo | null>;
}

/** Reads and checks the body of a submit, JSON or multipart. */
export async function readScanRequest(
  c: Context<UserEnv>,
  { models, images }: Adapters,
): Promise<CheckedRequest> {
  const { fields, file } = isMultipart(c)
    ? await readForm(c)
    : { fields: await readFields(c), file: null };
  const model = fields.model ?? models.defaultModel;
  const supported_models = models.supported.map(({ name }) => name);
  if (!supported_models.includes(model)) {
    throw new Problem(
      "UNSUPPORTED_MODEL",
      `The model ${JSON.stringify(model)} is not configured here.`,
      { supported_models },
    );
  }
  if (file && fields.image_url) {
    throw new Problem("VALIDATION_ERROR", "Send either an image or an image_url, not both.");
  }
  const user_input = fields.user_input || null;
  if (!file && !fields.image_url && !user_input) {
    throw new Problem("IMAGE_URL_REQUIRED", "Send an image_url, an image, or a user_input.");
  }
  const callback_url = callbackUrlOf(fields.callback_url, c.env);
  const callback_events = fields.callback_events ?? undefined;
  if (callback_events && !callback_url) {
    throw invalidValue("callback_events", "needs a callback_url that receives them");
  }
  const bytes = file && (await bytesOf(file));
  const region = fields.region || null;
  const assertTaken = (type: string) => assertPhotoTaken(type, model, { models, env: c.env });
  const preparePhoto = await photoOf(c, fields, bytes, { images, assertTaken });
  const hashRequest = async () =>
    requestHashOf({
      image_url: fields.image_url || null,
      image: bytes && (await sha256(bytes)),
      user_input,
      model: fields.model ?? null,
      region,
      callback_url: fields.callback_url ?? null,
      callback_events,
      reuse: fields.reuse ?? null,
    });
  return {
    async prepare() {
      const [requestHash, storePhoto] = await Promise.all([hashRequest(), preparePhoto()]);
      return { requestHash, storePhoto };
    },
    user_input,
    model,
    region,
    callback_url,
    ...(callback_events && { callback_events }),
    reuse: fields.reuse ?? true,
  };
}

async function readFields(c: Context): Promise<Fields> {
  if (mediaType(c) !== "application/json") {
    throw new Problem("UNSUPPORTED_MEDIA_TYPE", "Send application/json or multipart/form-data.");
  }
  return readBody(c, Fields);
}

async function readForm(c: Context): Promise<{ fields: Fields; file: File | null }> {
  let form: FormData;
  try {
    form = await c.req.formData();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Problem("VALIDATION_ERROR", "The body is not readable multipart/form-data.");
  }
  const image = form.get("image");
  if (typeof image === "string" && image !== "") {
    throw new Problem("VALIDATION_ERROR", "The field image has to be a file.");
  }
  const fields = parse(Fields, {
    ...Object.fromEntries(form),
    callback_events: form.getAll("callback_events"),
  });
  const file = image instanceof File ? image : null;
  if (file?.size) return { fields, file };
  // A form whose file was not chosen sends an empty one without a name.
  if (file?.name) throw photoProblem("VALIDATION_ERROR", "The photo is empty: it has 0 bytes.");
  return { fields, file: null };
}

async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size > maxPhotoBytes) throw photoTooLarge();
  return new Uint8Array(await file.arrayBuffer());
}

/** Checks the photo. What is returned names it, and gives what stores it. */
async function photoOf(
  c: Context<UserEnv>,
  { image_url }: Fields,
  bytes: Uint8Array<ArrayBuffer> | null,
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
