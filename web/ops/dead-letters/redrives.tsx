import type { Redrives as Runs } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { When } from "../parts/when.tsx";
import { hrefOfAudit } from "../audit/audit-view.ts";
import { hrefOf } from "../href.ts";
import { filterWords } from "./redrive-words.ts";

/** As many the API answers at most. */
const answered = 100;

/** What operators have decided about many dead letters, the last first. */
export function Redrives({ runs }: { runs: Runs }) {
  if (runs.length === 0) return <p class="quiet">Nothing was redriven by hand so far.</p>;
  return (
    <>
      <DataTable
        label="Redrives"
        rows={runs}
        keyOf={({ id }) => id}
        columns={[
          { head: "Began", cell: ({ created_at }) => <When at={created_at} /> },
          {
            head: "What",
            isHeader: true,
            cell: ({ id, action, filter }) => (
              <>
                <a href={hrefOf("redrives", id)}>{action}</a>{" "}
                <span class="quiet">{filterWords(filter)}</span>
              </>
            ),
          },
          { head: "Status", cell: ({ status }) => status },
          { head: "Taken", count: ({ progress }) => progress.taken },
          { head: "Recovered", count: ({ progress }) => progress.recovered },
          { head: "Failed again", count: ({ progress }) => progress.failed_again },
          { head: "Left parked", count: ({ progress }) => progress.left_parked },
          { head: "By", cell: ({ by }) => by },
          { head: "Why", class: "words", cell: ({ why }) => why },
        ]}
      />
      {runs.length === answered && (
        <p class="hint">
          The last {answered}. <a href={hrefOfAudit({ action: "redrive" })}>The audit</a> has all.
        </p>
      )}
    </>
  );
}
