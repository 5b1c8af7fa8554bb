import { refusalOf } from "./api-error.ts";
import { bodyOf, type Connection } from "./connection.ts";
import type { RequestOptions } from "./options.ts";
import { randomId } from "./random-id.ts";
import type { AcceptedBody } from "./wire.ts";

/** What is to be discarded: a photo, words, or both. An empty text is as good as none. */
export interface ScanInput {
  userInput?: string | undefined;
  /** A photo, sent along. */
  image?: Blob | undefined;
  /** A photo's address: of `upload`, or of a public host. */
  imageUrl?: string | undefined;
  /** Asked instead of the server's default. */
  model?: string | undefined;
  /** Whose local rules are wanted, such as `서울특별시 강남구`; none for the national ones. */
  region?: string | undefined;
  /** Told by webhook when the scan has ended or is parked. */
  callbackUrl?: string | undefined;
  /** Whether an earlier look at the same photo will do; it does by default. */
  reuse?: boolean | undefined;
}

/** A scan that was accepted, and where it is found. Addresses may be relative to the API's. */
export interface Accepted {
  jobId: string;
  /** Opens the stream for ten minutes by itself. */
  streamUrl: string;
  resultUrl: string;
  traceparent: string | null;
}

export interface SubmitOptions extends RequestOptions {
  /** The same key for the same submission, 1 to 255 characters: however often, it is one scan. */
  idempotencyKey?: string | undefined;
}

/** The fields of the API's body. */
const fields = {
  userInput: "user_input",
  imageUrl: "image_url",
  model: "model",
  region: "region",
  callbackUrl: "callback_url",
  reuse: "reuse",
} as const satisfies Record<Exclude<keyof ScanInput, "image">, string>;

/** Submits a scan; tries again under the same key when the answer does not come back. */
export async function submit(
  connection: Connection,
  input: ScanInput,
  { idempotencyKey = randomId(), ...options }: SubmitOptions = {},
): Promise<Accepted> {
  const answer = await connection.ask("/api/v1/scan", {
    ...options,
    method: "POST",
    headers: { "idempotency-key": idempotencyKey },
    ...sentOf(input),
  });
  const body = bodyOf(answer);
  if (!isAccepted(body)) throw refusalOf(answer.status, answer.headers, answer.text);
  const { job_id, stream_url, result_url } = body;
  return {
    jobId: job_id,
    streamUrl: stream_url,
    resultUrl: result_url,
    traceparent: answer.headers.get("traceparent"),
  };
}

function sentOf({ image, ...rest }: ScanInput): { json: object } | { body: FormData } {
  const said = Object.entries(rest).flatMap(([name, value]) =>
    isField(name) && value !== undefined && value !== "" ? [[fields[name], value] as const] : [],
  );
  if (!image) return { json: Object.fromEntries(said) };
  const body = new FormData();
  for (const [name, value] of said) body.set(name, String(value));
  body.set("image", image);
  return { body };
}

const isField = (name: string): name is keyof typeof fields => name in fields;

const isAccepted = (body: object): body is AcceptedBody =>
  "job_id" in body &&
  typeof body.job_id === "string" &&
  "stream_url" in body &&
  typeof body.stream_url === "string";
