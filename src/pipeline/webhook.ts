import type { JobEvent } from "./job-events.ts";
import type { JobState } from "./job.ts";
import type { WebhookMessage } from "./messages.ts";
import { pendingOf, resultOf } from "./result.ts";
import { iso } from "../platform/iso.ts";

/** The webhook of a job's event; `state` is the job's state after it. Null for most events. */
export function webhookOf(event: JobEvent, state: JobState): WebhookMessage | null {
  const { jobId, userId, request } = state;
  if (request.callback_url === null) return null;
  const payload = payloadOf(event, state);
  if (!payload) return null;
  const timestamp = iso(event.at);
  return {
    id: `${jobId}:${event.seq}`,
    url: request.callback_url,
    jobId,
    userId,
    payload: { ...payload, timestamp },
  };
}

function payloadOf(event: JobEvent, state: JobState) {
  const whose = { job_id: state.jobId, traceparent: state.traceparent };
  if (event.type === "parked") {
    const data = { ...whose, ...pendingOf(state, event.at) };
    return { type: "scan.parked" as const, data };
  }
  if (event.type !== "done") return null;
  const result = resultOf(state);
  return result && { type: `scan.${result.status}` as const, data: { ...whose, ...result } };
}
