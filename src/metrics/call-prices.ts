import { z } from "zod";
import { stages, stageNames, type StageName } from "../pipeline/stages/stage-table.ts";
import { json, raw, select } from "../platform/sql.ts";

/** Mean US dollars of an answered call by model. A model without calls is absent. */
export type CallPrices = ReadonlyMap<string, number>;

const labels = raw(json("calls.labels"));
const costLabels = raw(json("cost.labels"));
const Row = z.object({ model: z.string(), usd: z.number() });

/** Reads the prices from the metrics. */
export async function readCallPrices(db: D1Database): Promise<CallPrices> {
  const rows = await select(db, Row)`
    SELECT ${labels} ->> 'model' AS model, coalesce(cost.value, 0) / calls.value AS usd
    FROM metric_counters AS calls
    LEFT JOIN metric_counters AS cost ON cost.name = 'eco2_model_cost_usd'
      AND ${costLabels} ->> 'model' = ${labels} ->> 'model'
    WHERE calls.name = 'eco2_model_calls' AND ${labels} ->> 'outcome' = 'answered'
      AND calls.value > 0`;
  return new Map(rows.map(({ model, usd }) => [model, usd]));
}

/** The stages that call models: their output has `calls`. */
const callingStages = stages.filter(({ output }) => "calls" in output.shape);

/**
 * The highest cost that a scan is expected to have from a stage on, in US dollars: every attempt of
 * every stage that calls a model, at the model's mean price.
 *
 * @returns null when the price is not known.
 */
export function costFrom(stage: StageName, model: string, prices: CallPrices): number | null {
  const from = stageNames.indexOf(stage);
  const calls = callingStages
    .filter(({ name }) => stageNames.indexOf(name) >= from)
    .reduce((sum, { attempts }) => sum + attempts, 0);
  if (calls === 0) return 0;
  const price = prices.get(model);
  return price === undefined ? null : calls * price;
}
