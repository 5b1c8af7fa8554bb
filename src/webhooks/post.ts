import { retryAfterMs } from "../platform/retry-after.ts";

/** The result of one attempt. */
export interface PostResult {
  /** The HTTP status; null without a response. */
  status: number | null;
  /** Why it was not accepted; null when it was. */
  error: string | null;
  /** From the receiver's `Retry-After`. */
  retryAfterMs?: number | undefined;
  /** Whether no other attempt is made, whatever the status. */
  isPermanent?: boolean;
}

/** How many bytes of an error response are read. */
const maxErrorBytes = 1024;

/** A POST without a body has none of its headers either. */
interface PostOptions {
  body?: string;
  headers: Record<string, string>;
  timeoutMs: number;
}

/** POSTs once. Redirects are not followed. It never rejects. */
export async function post(
  url: string,
  { body, headers, timeoutMs }: PostOptions,
): Promise<PostResult> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      ...(body !== undefined && { body }),
      headers: { "user-agent": "eco2-edge", ...headers },
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    // DNS, TLS, the connection, or the timeout: there is no response.
    return { status: null, error: error instanceof Error ? error.message : String(error) };
  }
  const { status, ok, headers: received } = response;
  const text = await readText(response, ok ? 0 : maxErrorBytes);
  return {
    status,
    error: ok ? null : `HTTP ${status} ${text}`.trim(),
    retryAfterMs: retryAfterMs(received.get("retry-after"), Date.now()),
  };
}

/** Reads at most `maxBytes` of the body and cancels the rest. */
async function readText({ body }: Response, maxBytes: number): Promise<string> {
  if (!body) return "";
  const decoder = new TextDecoder();
  const reader = body.getReader({ mode: "byob" });
  let text = "";
  let left = maxBytes;
  try {
    while (left > 0) {
      const { value, done } = await reader.read(new Uint8Array(left));
      if (done) return text;
      text += decoder.decode(value, { stream: true });
      left -= value.byteLength;
    }
    await reader.cancel();
  } catch {
    // The body broke off or timed out. The status decides without it.
  }
  return text;
}
