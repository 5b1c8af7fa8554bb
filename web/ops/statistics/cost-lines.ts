import type { Lines } from "../health/lines.ts";
import type { Costs } from "../ops-client.ts";

const daySeconds = 24 * 60 * 60;
/** Lines that a chart can tell apart; further models are one line together. */
const mostLines = 5;

type Cost = Costs["costs"][number];

const usdOf = (costs: readonly Cost[]) => costs.reduce((sum, { usd }) => sum + usd, 0);

/** A line for each model with its provider, the dearest first; each day (UTC) has a value. Times are Unix s. */
export function costLines({ from, costs }: Costs, now: number): Lines {
  const first = Date.parse(from) / 1000;
  const at = Array.from(
    { length: Math.floor((now / 1000 - first) / daySeconds) + 1 },
    (_, day) => first + day * daySeconds,
  );
  const byModel = [...Map.groupBy(costs, modelName)].toSorted(
    ([, a], [, b]) => usdOf(b) - usdOf(a),
  );
  const others = byModel.slice(mostLines).flatMap(([, of]) => of);
  const shown = byModel.slice(0, mostLines);
  const lines = [...shown, ...(others.length > 0 ? [["others", others] as const] : [])];
  return {
    at,
    lines: lines.map(([name, of]) => ({
      name,
      values: at.map((time) => usdOf(of.filter(({ day }) => Date.parse(day) / 1000 === time))),
    })),
  };
}

const modelName = ({ model, provider }: Cost): string => `${model} (${provider ?? "unknown"})`;
