import { retryAfterMs } from "../platform/retry-after.ts";

/** What came of one POST; `error` is null when it was accepted. */
export interface Answer {
  /** Null when none came. */
  status: number | null;
  error: string | null;
  /** The wait that the receiver asked for. */
  retryAfterMs?: number | undefined;
}

/** How much of a refusal is read, in bytes. */
const openingLength = 1024;

/** POSTs JSON and waits `timeoutMs` for the answer, of which no redirect is followed. */
export async function post(
  url: string,
  body: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", "user-agent": "eco2-edge", ...headers },
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    // The connection, TLS, DNS or the time limit: whatever it was, there is no answer.
    return { status: null, error: error instanceof Error ? error.message : String(error) };
  }
  const { status, ok, headers: received } = response;
  const opening = await readOpening(response, ok ? 0 : openingLength);
  return {
    status,
    error: ok ? null : `HTTP ${status} ${opening}`.trim(),
    retryAfterMs: retryAfterMs(received.get("retry-after"), Date.now()),
  };
}

/** At most the first `length` bytes of the body as text; the rest is not received. */
async function readOpening({ body }: Response, length: number): Promise<string> {
  if (!body) return "";
  const decoder = new TextDecoder();
  const reader = body.getReader({ mode: "byob" });
  let text = "";
  let left = length;
  try {
    while (left > 0) {
      const { value, done } = await reader.read(new Uint8Array(left));
      if (done) return text;
      text += decoder.decode(value, { stream: true });
      left -= value.byteLength;
    }
    await reader.cancel();
  } catch {
    // A body that breaks off or is too slow: the status has come, and it decides.
  }
  return text;
}
