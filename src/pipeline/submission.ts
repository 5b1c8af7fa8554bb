import type { Admitted } from "./admission.ts";
import type { JobState } from "./job.ts";
import type { ScanRequest } from "./request.ts";

/** A scan as it was admitted. */
export interface Submission extends Admitted {
  jobId: string;
  userId: string;
  request: ScanRequest;
  /** Identifies what the client sent, so that the same request again is known. */
  requestHash: string;
  traceparent: string;
}

/** Whether the client of a job has sent the same request again. */
export const isSameRequest = (
  { request, requestHash }: JobState,
  submission: Pick<Submission, "request" | "requestHash">,
): boolean =>
  requestHash === null
    ? JSON.stringify(request) === JSON.stringify(submission.request)
    : requestHash === submission.requestHash;
