export interface Submission {
  words: string;
  /** Whose local rules are wanted; empty for the national ones alone. */
  region: string;
  photo: { blob: Blob; name: string } | null;
}

export type Submitted =
  | { type: "accepted"; jobId: string; streamUrl: string }
  /** `code` is the problem's, or null where something before the server answered. */
  | { type: "refused"; status: number; code: string | null }
  | { type: "unreachable" };

export interface SubmitOptions {
  userId: string;
  /** The same key for the same submission: an answer that was lost makes no second scan. */
  idempotencyKey: string;
  /** Told before the `attempt`th try, from the second on. */
  onRetry?: (attempt: number) => void;
}

const attempts = 4;
const baseMs = 500;
const timeoutMs = 60_000;
/** What a gateway says when it lost the server or its answer. */
const lostStatuses = new Set([502, 503, 504]);

/** Submits a scan; tries again when the answer does not come back. */
export async function submitScan(
  submission: Submission,
  { userId, idempotencyKey, onRetry }: SubmitOptions,
): Promise<Submitted> {
  let last: Submitted = { type: "unreachable" };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) {
      onRetry?.(attempt);
      await new Promise((resolve) => setTimeout(resolve, baseMs * 2 ** (attempt - 2)));
    }
    const response = await post(submission, userId, idempotencyKey);
    if (!response) continue;
    last = await read(response);
    if (!lostStatuses.has(response.status)) return last;
  }
  return last;
}

async function post({ words, region, photo }: Submission, userId: string, key: string) {
  const body = new FormData();
  if (words) body.set("user_input", words);
  if (region) body.set("region", region);
  if (photo) body.set("image", photo.blob, photo.name);
  try {
    return await fetch("/api/v1/scan", {
      method: "POST",
      headers: { "x-user-id": userId, "idempotency-key": key },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    // The network failed or took too long: whether the server got it is not known.
    return null;
  }
}

/** The members of an acceptance and of a problem that are read here. */
interface Answer {
  job_id?: string;
  stream_url?: string;
  code?: string;
}

async function read(response: Response): Promise<Submitted> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  const { job_id, stream_url, code }: Answer = isJson ? JSON.parse(text) : {};
  if (response.ok && job_id && stream_url) {
    return { type: "accepted", jobId: job_id, streamUrl: stream_url };
  }
  return { type: "refused", status: response.status, code: code ?? null };
}
