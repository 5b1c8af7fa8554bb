import type { Overview } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";

type ServiceLevel = Overview["service_levels"][number];

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;

const keptOf = ({ total, bad }: ServiceLevel) => (total === 0 ? "–" : percent(1 - bad / total));

/** What is left of a budget: less than nothing, when it is overdrawn. */
const budgetOf = ({ budget_left: left }: ServiceLevel) => (left === null ? "–" : percent(left));

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
        { head: "Target", class: "number", cell: ({ target }) => percent(target) },
        { head: "Kept", class: "number", cell: keptOf },
        { head: "Events", count: ({ total }) => total },
        { head: "Budget left", class: "number", cell: budgetOf },
      ]}
    />
  </section>
);
