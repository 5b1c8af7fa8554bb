import { parseResponse } from "hono/client";
import { useMemo } from "hono/jsx/dom";
import { formatCount, formatMoney, plural } from "../format.ts";
import { Chart } from "../health/chart.tsx";
import type { Corrections, Costs } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { RangeChoice, rangeIn } from "../parts/range-choice.tsx";
import { serverNow } from "../server-clock.ts";
import { hrefOf } from "../href.ts";
import type { PageProps } from "../route.ts";
import { usePolled } from "../use-polled.ts";
import { costLines } from "./cost-lines.ts";

/** In days. */
const range = {
  name: "days",
  ranges: [
    [7, "7 d"],
    [30, "30 d"],
    [92, "92 d"],
  ],
} as const;

/** What scans cost a day, and which classes residents corrected. */
export function StatisticsPage({ query: text }: PageProps) {
  const days = rangeIn(text, range, 30);
  const query = { days: String(days) };
  const polled = usePolled(
    async (client, options) => {
      const [costs, corrections] = await Promise.all([
        parseResponse(client.statistics.costs.$get({ query }, options)),
        parseResponse(client.statistics.corrections.$get({ query }, options)),
      ]);
      return { costs, corrections };
    },
    { key: `statistics ${days}`, everyMs: 60_000 },
  );
  return (
    <>
      <PageHead title="Statistics" polled={polled} />
      <RangeChoice {...range} chosen={days} href={hrefOf("statistics")} />
      <Loaded polled={polled} what="statistics">
        {({ costs, corrections }) => (
          <>
            <CostSection costs={costs} at={polled.at ?? serverNow()} />
            <CorrectionSection {...corrections} />
          </>
        )}
      </Loaded>
    </>
  );
}

function CostSection({ costs, at }: { costs: Costs; at: number }) {
  const lines = useMemo(() => costLines(costs, at), [costs]);
  const usd = costs.costs.reduce((sum, it) => sum + it.usd, 0);
  return (
    <section aria-labelledby="costs">
      <h2 id="costs">Cost</h2>
      <p class="quiet">
        {formatMoney(usd)} since {costs.from}, by the model that was asked for: scans that ended, at
        the prices of the catalog. Days are UTC.
      </p>
      {costs.costs.length > 0 && (
        <>
          <div class="charts">
            <Chart
              title="US dollars a day"
              lines={lines}
              unit={formatMoney}
              floor={0.01}
              bands={[]}
              from={lines.at[0] ?? at / 1000}
              to={Math.max(lines.at.at(-1) ?? 0, at / 1000)}
            />
          </div>
          <DataTable
            label="Cost a day"
            rows={costs.costs}
            keyOf={({ day, model }) => `${day} ${model}`}
            columns={[
              { head: "Day", isHeader: true, cell: ({ day }) => day },
              { head: "Model", cell: ({ model }) => model },
              { head: "Provider", cell: ({ provider }) => provider ?? "unknown" },
              { head: "Cost", class: "number", cell: (it) => formatMoney(it.usd) },
              { head: "Scans", count: ({ scans }) => scans },
              { head: "Tokens in", count: ({ input_tokens }) => input_tokens },
              { head: "Tokens out", count: ({ output_tokens }) => output_tokens },
            ]}
          />
        </>
      )}
    </section>
  );
}

function CorrectionSection({ from, asked, corrected, corrections }: Corrections) {
  return (
    <section aria-labelledby="corrections">
      <h2 id="corrections">Corrections by residents</h2>
      <p class="quiet">
        {plural(asked, "resident was", "residents were")} asked since {from};{" "}
        {formatCount(corrected)} chose another class.
      </p>
      {corrections.length > 0 && (
        <DataTable
          label="Corrections"
          class="narrow"
          lang="ko"
          rows={corrections}
          keyOf={(it) => `${it.predicted} ${it.corrected}`}
          columns={[
            { head: "Predicted", isHeader: true, cell: ({ predicted }) => predicted || "–" },
            { head: "Corrected to", cell: (it) => it.corrected },
            { head: "Count", count: ({ count }) => count },
          ]}
        />
      )}
    </section>
  );
}
