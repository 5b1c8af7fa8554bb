/**
 * Where a scan is followed now: an address is good for ten minutes. `gone` when there is no such scan
 * any more, null when nothing was learned.
 */
export async function newStreamUrl(
  jobId: string,
  userId: string,
  signal: AbortSignal,
): Promise<{ url: string } | "gone" | null> {
  try {
    const response = await fetch(`/api/v1/scan/${jobId}`, {
      headers: { "x-user-id": userId },
      signal,
    });
    if (response.status === 404) return "gone";
    const body: unknown = response.ok ? await response.json() : null;
    return streamUrlIn(body);
  } catch {
    // No network, something before the server answered, or the follower left.
    return null;
  }
}

const streamUrlIn = (body: unknown): { url: string } | null =>
  typeof body === "object" &&
  body !== null &&
  "stream_url" in body &&
  typeof body.stream_url === "string"
    ? { url: body.stream_url }
    : null;
