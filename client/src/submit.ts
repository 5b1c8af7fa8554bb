import { apiErrorOf } from "./api-error.ts";
import { type ApiResponse, type Connection, jsonOf } from "./connection.ts";
import { hasFields } from "./has-fields.ts";
import type { RequestOptions } from "./options.ts";
import { randomId } from "./random-id.ts";
import type { AcceptedBody } from "./wire.ts";

/** The waste to classify: a photo, a description, or both. An empty text counts as missing. */
export interface ScanInput {
  userInput?: string | undefined;
  /** A photo, sent with the request. */
  image?: Blob | undefined;
  /** The address of a photo: from `upload`, or on a public host. */
  imageUrl?: string | undefined;
  /** Defaults to the server's model. */
  model?: string | undefined;
  /** Applies the local rules of a region, such as `서울특별시 강남구`. */
  region?: string | undefined;
  /** Gets a webhook when the scan ends or is parked. */
  callbackUrl?: string | undefined;
  /** Which events it gets instead, such as `scan.answered`. */
  callbackEvents?: readonly string[] | undefined;
  /** Whether a cached vision result of the same photo may be used; true by default. */
  reuse?: boolean | undefined;
}

/** An accepted scan. Its addresses may be relative to the base URL. */
export interface Accepted {
  jobId: string;
  /** Carries its own token, which is valid for ten minutes. */
  streamUrl: string;
  resultUrl: string;
  traceparent: string | null;
  /** How the scan has ended, when its key named it before and its result is deleted; null otherwise. */
  ended: NonNullable<AcceptedBody["ended"]> | null;
}

export interface SubmitOptions extends RequestOptions {
  /** 1 to 255 characters; the same key again answers the same scan. Random by default. */
  idempotencyKey?: string | undefined;
}

/** The names on the wire. */
const fields = {
  userInput: "user_input",
  imageUrl: "image_url",
  model: "model",
  region: "region",
  callbackUrl: "callback_url",
  callbackEvents: "callback_events",
  reuse: "reuse",
} as const satisfies Record<Exclude<keyof ScanInput, "image">, string>;

/** Submits a scan; retries under the same key when the response is lost. */
export async function submit(
  connection: Connection,
  input: ScanInput,
  { idempotencyKey = randomId(), ...options }: SubmitOptions = {},
): Promise<Accepted> {
  const headers = { "idempotency-key": idempotencyKey };
  const content = contentOf(input);
  return acceptedOf(
    await connection.request("/api/v1/scan", { ...options, method: "POST", headers, ...content }),
  );
}

/** The accepted scan of a response; throws an `ApiError` for another body. */
export function acceptedOf(response: ApiResponse): Accepted {
  const body = jsonOf(response);
  if (!isAccepted(body)) throw apiErrorOf(response.status, response.headers, response.text);
  const { job_id, stream_url, result_url } = body;
  return {
    jobId: job_id,
    streamUrl: stream_url,
    resultUrl: result_url,
    traceparent: response.headers.get("traceparent"),
    ended: body.ended ?? null,
  };
}

function contentOf({ image, ...rest }: ScanInput): { json: object } | { body: FormData } {
  const values = Object.entries(rest).flatMap(([name, value]) =>
    isField(name) && value !== undefined && value !== "" ? [[fields[name], value] as const] : [],
  );
  if (!image) return { json: Object.fromEntries(values) };
  const body = new FormData();
  for (const [name, value] of values) body.set(name, String(value));
  body.set("image", image);
  return { body };
}

const isField = (name: string): name is keyof typeof fields => name in fields;

const isAccepted = (body: object): body is AcceptedBody =>
  hasFields(body, { job_id: "string", stream_url: "string" });
