import { domainEventOf } from "./domain-event-of.ts";
import type { JobEvent } from "./job-events.ts";
import type { JobState } from "./job.ts";
import type { WebhookMessage } from "./messages.ts";
import { unknownRegionNote } from "../resident-messages.ts";
import { matchedMunicipality } from "./matched-municipality.ts";
import { partialResult, pendingOf, resultOf } from "./result.ts";
import type { ResultBody } from "./result-body.ts";
import { iso } from "../platform/iso.ts";
import { defaultWebhookTypes, WebhookType } from "./webhook-types.ts";

/**
 * The webhook of a job's event; `state` is the job's state after it. Null for an event that the client did not ask
 * for. Webhooks are delivered in any order: `seq` says the order of a scan's.
 */
export function webhookOf(event: JobEvent, state: JobState): WebhookMessage | null {
  const { jobId, userId, traceparent, request } = state;
  if (request.callback_url === null) return null;
  const { callback_events = defaultWebhookTypes } = request;
  const payload = payloadOf(event, state);
  const type = WebhookType.safeParse(payload?.type);
  if (!payload || !type.success || !callback_events.some((it) => it === type.data)) return null;
  return {
    id: `${jobId}:${event.seq}`,
    url: request.callback_url,
    jobId,
    userId,
    payload: {
      type: type.data,
      timestamp: iso(event.at),
      data: { job_id: jobId, traceparent, seq: event.seq, ...payload.data },
    },
  };
}

/** A webhook is stored: of the region it has the municipality, and not what the resident typed. */
function withMatchedRegion(result: ResultBody): ResultBody {
  const { region } = result.metadata;
  const asked = region && (region.applied ?? matchedMunicipality(region.asked));
  const note = asked && !region.applied ? unknownRegionNote(asked) : null;
  const matched = asked ? { asked, applied: region.applied, note } : null;
  return { ...result, metadata: { ...result.metadata, region: matched } };
}

/** What an event says to its scan's own client. */
function payloadOf(event: JobEvent, state: JobState): { type: string; data: object } | null {
  if (event.type === "parked") return { type: "scan.parked", data: pendingOf(state, event.at) };
  if (event.type === "done") {
    const result = resultOf(state);
    return result && { type: `scan.${result.status}`, data: withMatchedRegion(result) };
  }
  const domainEvent = domainEventOf(event, state);
  return (
    domainEvent && {
      type: domainEvent.type,
      data: { ...domainEvent.data, partial_result: partialResult(state) },
    }
  );
}
