import type { Admitted } from "./admission.ts";
import type { JobState } from "./job.ts";
import type { ScanRequest } from "./request.ts";
import type { TestOf } from "./test-scan.ts";

/** A scan as it was admitted. */
export interface Submission extends Admitted {
  jobId: string;
  userId: string;
  request: ScanRequest;
  /** Identifies what the client sent, so that the same request again is known. */
  requestHash: string;
  /** Whether an idempotency key names the scan, so that it may be submitted again. */
  keyed: boolean;
  traceparent: string;
  /** Of a test scan: what it is a test of. */
  test?: TestOf;
}

/** What is left of a purged scan: a hash of its request, and how it ended. */
export interface EndedScan extends Pick<JobState, "requestHash" | "status"> {
  /** Unix ms. */
  endedAt: number;
}

/** The answer to a submission. A conflict is another request under the same key. */
export type SubmitReply =
  | { verdict: "accepted"; state: JobState }
  | { verdict: "ended"; ended: EndedScan }
  | { verdict: "conflict" };

/** What a client has sent, and the request that it was read as; null when this deployment refuses it. */
export interface SentAgain extends Pick<Submission, "requestHash"> {
  request: ScanRequest | null;
}

/** The answer to a scan that is submitted again; null for a new one. */
export function replyToRepeated(
  { request, requestHash }: SentAgain,
  state: JobState | null,
  ended: EndedScan | null,
): SubmitReply | null {
  const known = state ?? ended;
  if (!known) return null;
  // Scans of earlier versions have no hash.
  const isSame = known.requestHash
    ? known.requestHash === requestHash
    : !state || JSON.stringify(state.request) === JSON.stringify(request);
  if (!isSame) return { verdict: "conflict" };
  if (state) return { verdict: "accepted", state };
  return ended && { verdict: "ended", ended };
}
