import type { Overview } from "../ops-client.ts";
import { formatBudget, formatPercent } from "../format.ts";
import { DataTable } from "../parts/data-table.tsx";

type ServiceLevel = Overview["service_levels"][number];

const keptOf = ({ total, bad }: ServiceLevel) =>
  total === 0 ? "–" : formatPercent(1 - bad / total);

/** What is promised, what was kept of it, and how much of the error budget is left. */
export const ServiceLevels = ({ service_levels: levels }: Pick<Overview, "service_levels">) => (
  <section aria-labelledby="service-levels">
    <h2 id="service-levels">Service levels of the last 7 days</h2>
    <DataTable
      label="Service levels"
      class="narrow"
      rows={levels}
      keyOf={({ name }) => name}
      columns={[
        { head: "Promise", isHeader: true, cell: ({ title }) => title },
        { head: "Target", class: "number", cell: ({ target }) => formatPercent(target) },
        { head: "Kept", class: "number", cell: keptOf },
        { head: "Events", count: ({ total }) => total },
        {
          head: "Budget left",
          class: "number",
          cell: ({ budget_left: left }) => (left === null ? "–" : formatBudget(left)),
        },
      ]}
    />
  </section>
);
