import { RedactedEvent } from "../redacted-event.ts";
import type { LoggedEvent } from "../logged-event.ts";
import type { Projection } from "./projection.ts";

/** Counts and sums a UTC day, region, category, model and outcome. An unknown value is "". */
export const dailyStatistics: Projection = {
  name: "daily-statistics",
  rowOf: statisticsRows,
  write: `
    INSERT INTO daily_statistics (day, region, major, middle, model, outcome,
      scans, rewards, input_tokens, output_tokens, cost_micro_usd)
    SELECT value ->> 'day' AS day, value ->> 'region' AS region, value ->> 'major' AS major,
      value ->> 'middle' AS middle, value ->> 'model' AS model, value ->> 'outcome' AS outcome,
      sum(value ->> 'scans'), sum(value ->> 'rewards'), sum(value ->> 'input_tokens'),
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

/** A test scan has costs, and is no scan. A confirmed scan counts for its new class, and no more for the one before. */
function statisticsRows({ type, at, data }: LoggedEvent) {
  if (type !== "scan.completed" && type !== "scan.failed" && type !== "scan.tested") return null;
  const event = RedactedEvent.parse({ type, data });
  if (event.type === "scan.tested") {
    const { region, model, classification, input_tokens, output_tokens, cost_micro_usd } =
      event.data;
    return [
      {
        day: new Date(at).toISOString().slice(0, 10),
        region: region ?? "",
        major: classification?.major_category ?? "",
        middle: classification?.middle_category ?? "",
        model,
        outcome: "test",
        scans: 0,
        rewards: 0,
        input_tokens,
        output_tokens,
        cost_micro_usd,
      },
    ];
  }
  if (event.type !== "scan.completed" && event.type !== "scan.failed") return null;
  const { region, reward, status, replaces, model, ...ended } = event.data;
  const row = (outcome: string, time: number, sign: 1 | -1, counted: Counted) => ({
    day: new Date(time).toISOString().slice(0, 10),
    region: region ?? "",
    major: counted.classification?.major_category ?? "",
    middle: counted.classification?.middle_category ?? "",
    model,
    outcome,
    scans: sign,
    rewards: counted.rewarded ? sign : 0,
    input_tokens: sign * counted.input_tokens,
    output_tokens: sign * counted.output_tokens,
    cost_micro_usd: sign * counted.cost_micro_usd,
  });
  return [
    row(status, at, 1, { ...ended, rewarded: reward !== null }),
    ...(replaces ? [row("completed", replaces.ended_at, -1, replaces)] : []),
  ];
}

type EndedData = Extract<RedactedEvent, { type: "scan.completed" }>["data"];
type Counted = Pick<
  EndedData,
  "classification" | "input_tokens" | "output_tokens" | "cost_micro_usd"
> & { rewarded: boolean };
