import type { Overview } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { When } from "../parts/when.tsx";

/** The projections of the event log, and how far each is. */
export const ProjectionTable = ({ projections }: Pick<Overview, "projections">) => (
  <section aria-labelledby="projections">
    <h2 id="projections">Projections of the event log</h2>
    <DataTable
      label="Projections of the event log"
      class="narrow"
      rows={projections}
      keyOf={({ name }) => name}
      columns={[
        { head: "Projection", isHeader: true, cell: ({ name }) => name },
        { head: "Behind", count: ({ lag }) => lag },
        { head: "Dead letters", count: ({ dead_letters }) => dead_letters },
        { head: "Updated", cell: ({ updated_at }) => <When at={updated_at} /> },
      ]}
    />
  </section>
);
