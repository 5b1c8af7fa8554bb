import { RedactedEvent } from "../redacted-event.ts";
import type { LoggedEvent } from "../logged-event.ts";
import type { Projection } from "./projection.ts";

/** Counts and sums a UTC day, region, category, model and outcome. An unknown value is "". */
export const dailyStatistics: Projection = {
  name: "daily-statistics",
  rowOf: statisticsRow,
  write: `
    INSERT INTO daily_statistics (day, region, major, middle, model, outcome,
      scans, rewards, input_tokens, output_tokens, cost_micro_usd)
    SELECT value ->> 'day' AS day, value ->> 'region' AS region, value ->> 'major' AS major,
      value ->> 'middle' AS middle, value ->> 'model' AS model, value ->> 'outcome' AS outcome,
      count(*), sum(value ->> 'rewards'), sum(value ->> 'input_tokens'),
      sum(value ->> 'output_tokens'), sum(value ->> 'cost_micro_usd')
    FROM json_each(?1) WHERE true GROUP BY 1, 2, 3, 4, 5, 6
    ON CONFLICT DO UPDATE SET
      scans = daily_statistics.scans + excluded.scans,
      rewards = daily_statistics.rewards + excluded.rewards,
      input_tokens = daily_statistics.input_tokens + excluded.input_tokens,
      output_tokens = daily_statistics.output_tokens + excluded.output_tokens,
      cost_micro_usd = daily_statistics.cost_micro_usd + excluded.cost_micro_usd`,
  reset: "DELETE FROM daily_statistics",
};

function statisticsRow({ type, at, data }: LoggedEvent) {
  if (type !== "scan.completed" && type !== "scan.failed") return null;
  const event = RedactedEvent.parse({ type, data });
  if (event.type !== "scan.completed" && event.type !== "scan.failed") return null;
  const { region, classification, reward, status, ...ended } = event.data;
  return {
    day: new Date(at).toISOString().slice(0, 10),
    region: region ?? "",
    major: classification?.major_category ?? "",
    middle: classification?.middle_category ?? "",
    model: ended.model,
    outcome: status,
    rewards: reward ? 1 : 0,
    input_tokens: ended.input_tokens,
    output_tokens: ended.output_tokens,
    cost_micro_usd: ended.cost_micro_usd,
  };
}
