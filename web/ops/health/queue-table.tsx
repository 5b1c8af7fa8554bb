import type { QueueNow } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { formatCount, formatDuration, plural } from "../format.ts";

/** Queues with messages, or with an unknown backlog, as a table, and the names of the others. */
export function QueueTable({ queues }: { queues: QueueNow[] }) {
  const empty = queues.filter(({ messages }) => messages === 0);
  const filled = queues.filter(({ messages }) => messages !== 0);
  return (
    <section aria-labelledby="queues-now">
      <h2 id="queues-now">Queues now</h2>
      {filled.length > 0 && (
        <DataTable
          label="Queues with messages"
          class="narrow"
          rows={filled}
          keyOf={({ name }) => name}
          columns={[
            { head: "Queue", isHeader: true, class: "id", cell: ({ name }) => name },
            {
              head: "Messages",
              class: "number",
              cell: ({ messages }) => (messages === null ? "unknown" : formatCount(messages)),
            },
            {
              head: "Oldest",
              class: "number",
              cell: ({ oldest_age_s: age }) => (age ? formatDuration(age) : "–"),
            },
          ]}
        />
      )}
      <p class="quiet">
        {empty.length === queues.length
          ? "All are empty: "
          : `${plural(empty.length, "is", "are")} empty: `}
        {empty.map(({ name }) => name).join(", ")}.
      </p>
    </section>
  );
}
