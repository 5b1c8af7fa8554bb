import type { Admitted } from "./admission.ts";
import type { ScanRequest } from "./request.ts";

/** A scan as it was admitted. */
export interface Submission extends Admitted {
  jobId: string;
  userId: string;
  request: ScanRequest;
  traceparent: string;
}
