import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { maxPhotoBytes } from "../images/media-type.ts";
import { requestHashOf } from "../pipeline/request-hash.ts";
import { defaultWebhookTypes, WebhookType } from "../pipeline/webhook-types.ts";
import { sha256 } from "../platform/sha256.ts";
import { photoProblem, photoTooLarge } from "./photo.ts";
import { Problem } from "./problem.ts";
import { requestSchema } from "./openapi/response-bodies.ts";
import { bodyTooLarge, maxJsonBytes, parse, readBody } from "./read-body.ts";

const maxWords = 1_000;
const maxRegion = 40;
const maxModel = 100;

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
export const Fields = requestSchema(
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
        .max(maxWords, {
          error: ({ input }) =>
            `has ${typeof input === "string" ? input.length : "too many"} characters, of at most ${maxWords}`,
        }),
    ).describe("The resident's words."),
    model: absentIfEmpty(z.string().max(maxModel)).describe(
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
export type Fields = z.infer<typeof Fields>;

const isMultipart = (c: Context) => mediaType(c) === "multipart/form-data";
const mediaType = (c: Context) => c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();

const maxFormBytes = maxPhotoBytes + maxJsonBytes;

const formLimit = bodyLimit({
  maxSize: maxFormBytes,
  onError() {
    throw bodyTooLarge(maxFormBytes);
  },
});

/** Refuses a form that is too large before it is read; JSON is limited where it is read. */
export const limitForm = createMiddleware<{ Bindings: Env }>(async function limitForm(c, next) {
  return isMultipart(c) ? formLimit(c, next) : next();
});

/** A submit as it was sent: its fields, and the bytes of an uploaded photo. */
export interface SentScan {
  fields: Fields;
  bytes: Uint8Array<ArrayBuffer> | null;
}

/** Reads the body of a submit, JSON or multipart. Whether it is taken here is not checked yet. */
export async function readScanBody(c: Context): Promise<SentScan> {
  if (!isMultipart(c)) return { fields: await readFields(c), bytes: null };
  const { fields, file } = await readForm(c);
  return { fields, bytes: file && (await bytesOf(file)) };
}

/** Identifies what was sent. */
export const hashOfSent = async ({ fields, bytes }: SentScan): Promise<string> =>
  requestHashOf({
    image_url: fields.image_url || null,
    image: bytes && (await sha256(bytes)),
    user_input: fields.user_input || null,
    model: fields.model ?? null,
    region: fields.region || null,
    callback_url: fields.callback_url ?? null,
    callback_events: fields.callback_events ?? undefined,
    reuse: fields.reuse ?? null,
  });

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
  const { image: _, ...sent } = Object.fromEntries(form);
  const fields = parse(Fields, { ...sent, callback_events: form.getAll("callback_events") });
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
