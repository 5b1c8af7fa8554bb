import { authOf } from "../auth/auth.ts";
import { signStreamToken, type SubscriberKind } from "../auth/stream-token.ts";
import type { JobState } from "../pipeline/job.ts";

/**
 * Where a scan is followed. Streams carry a token of ten minutes, since an `EventSource` sends no
 * headers; where nothing can be signed they are left to the cookie.
 */
export async function linksOf(
  env: Env,
  { jobId, userId }: Pick<JobState, "jobId" | "userId">,
  subscriber: SubscriberKind = "user",
) {
  const { signingKey } = authOf(env);
  const query = signingKey
    ? `?token=${await signStreamToken(signingKey, { jobId, userId }, subscriber)}`
    : "";
  const path = `/api/v1/scan/${jobId}`;
  return {
    stream_url: `${path}/events${query}`,
    ws_url: `${path}/ws${query}`,
    result_url: `${path}/result`,
  };
}
