import { DomainEvent } from "../../pipeline/domain-event.ts";
import type { LoggedEvent } from "../logged-event.ts";
import type { Projection } from "./projection.ts";

/** A user's scans: a row an ended scan, with the outcome of its last run. */
export const history: Projection = {
  name: "history",
  rowOf: historyRow,
  write: `
    INSERT INTO scan_history (job_id, user_id, requested_at, ended_at, status, model, region, major,
      middle, minor, insufficiencies, reward_code, reward_name, error_code, photo_key, cost_micro_usd)
    SELECT value ->> 'job_id', value ->> 'user_id', value ->> 'requested_at', value ->> 'ended_at',
      value ->> 'status', value ->> 'model', value ->> 'region', value ->> 'major',
      value ->> 'middle', value ->> 'minor', value ->> 'insufficiencies', value ->> 'reward_code',
      value ->> 'reward_name', value ->> 'error_code', value ->> 'photo_key',
      value ->> 'cost_micro_usd'
    FROM json_each(?1) WHERE true
    ON CONFLICT (job_id) DO UPDATE SET ended_at = excluded.ended_at, status = excluded.status,
      major = excluded.major, middle = excluded.middle, minor = excluded.minor,
      insufficiencies = excluded.insufficiencies, reward_code = excluded.reward_code,
      reward_name = excluded.reward_name, error_code = excluded.error_code,
      cost_micro_usd = excluded.cost_micro_usd`,
  reset: "DELETE FROM scan_history",
};

function historyRow({ job_id, user_id, seq, type, at, data }: LoggedEvent) {
  // An erased user has no history.
  if (user_id === null) return null;
  if (type !== "scan.completed" && type !== "scan.failed") return null;
  const event = DomainEvent.parse({ seq, type, at, data });
  if (event.type !== "scan.completed" && event.type !== "scan.failed") return null;
  const { classification, insufficiencies, reward, error, ...ended } = event.data;
  return {
    job_id,
    user_id,
    requested_at: ended.requested_at,
    ended_at: at,
    status: ended.status,
    model: ended.model,
    region: ended.region,
    major: classification?.major_category ?? null,
    middle: classification?.middle_category ?? null,
    minor: classification?.minor_category ?? null,
    insufficiencies: JSON.stringify(insufficiencies),
    reward_code: reward?.code ?? null,
    reward_name: reward?.name ?? null,
    error_code: error?.code ?? null,
    photo_key: ended.photo_key,
    cost_micro_usd: ended.cost_micro_usd,
  };
}
