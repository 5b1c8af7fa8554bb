import { RedactedEvent } from "../redacted-event.ts";
import type { LoggedEvent } from "../logged-event.ts";
import type { Projection } from "./projection.ts";

/** Which event happened for which user: a row an event, without the scan's content. */
export const audit: Projection = {
  name: "audit",
  rowOf({ cursor, job_id, user_id, type, at, data }: LoggedEvent) {
    const detail = JSON.stringify(detailOf(RedactedEvent.parse({ type, data })));
    return { cursor, job_id, user_id, type, at, detail };
  },
  write: `
    INSERT INTO scan_audit (cursor, job_id, user_id, type, at, detail)
    SELECT value ->> 'cursor', value ->> 'job_id', value ->> 'user_id', value ->> 'type',
      value ->> 'at', value ->> 'detail'
    FROM json_each(?1)`,
  reset: "DELETE FROM scan_audit",
};

function detailOf(event: RedactedEvent): object {
  switch (event.type) {
    case "scan.requested":
      return { model: event.data.model };
    case "scan.classified":
      return { regulation_version: event.data.regulation_version };
    case "scan.answered":
      return { steps: event.data.steps };
    case "scan.confirmed":
      return { by: event.data.by };
    case "scan.rewarded":
      return { code: event.data.code };
    case "scan.parked": {
      const { stage, error, redrives } = event.data;
      return { stage, error_code: error.code, redrives };
    }
    case "scan.completed":
    case "scan.failed": {
      const { model, status, error, input_tokens, output_tokens, cost_micro_usd } = event.data;
      const error_code = error?.code ?? null;
      return { model, status, error_code, input_tokens, output_tokens, cost_micro_usd };
    }
  }
}
