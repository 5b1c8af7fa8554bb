import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import type { AuditEntries } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import { When } from "../parts/when.tsx";
import type { PageProps } from "../route.ts";
import { usePolled } from "../use-polled.ts";
import { AuditFilters } from "./audit-filters.tsx";
import { exportHref, filtersIn } from "./audit-view.ts";

/** Entries of a full page. */
const pageSize = 100;

/** The operators' changes, the newest first, with filters in the address. */
export function AuditPage({ query: text }: PageProps) {
  const filters = filtersIn(text);
  const [at, setAt] = useState<{ text: string; before: number | null }>({ text, before: null });
  // Other filters begin with the newest change.
  const before = at.text === text ? at.before : null;
  const query = { ...filters, ...(before !== null && { before: String(before) }) };
  const polled = usePolled(
    (client, options) => parseResponse(client.audit.$get({ query }, options)),
    { key: `audit ${text} ${before ?? ""}`, everyMs: before === null ? 15_000 : null },
  );
  return (
    <>
      <PageHead title="Audit" polled={polled} />
      <AuditFilters filters={filters} />
      <Loaded polled={polled} what="the audit">
        {({ entries }) => (
          <>
            <Entries entries={entries} />
            <Pager
              cursor={before}
              next={(entries.length === pageSize && entries.at(-1)?.id) || null}
              onChosen={(chosen) => setAt({ text, before: chosen })}
            />
          </>
        )}
      </Loaded>
      <p class="actions">
        <a class="button" href={exportHref(filters, "csv")} download="audit.csv">
          CSV
        </a>
        <a class="button" href={exportHref(filters, "ndjson")} download="audit.ndjson">
          JSON lines
        </a>
        <span class="hint">What the filters take, the oldest first, 5,000 changes at most.</span>
      </p>
    </>
  );
}

function Entries({ entries }: { entries: AuditEntries }) {
  if (entries.length === 0) return <p class="quiet">No change by an operator.</p>;
  return (
    <DataTable
      label="Changes by operators"
      rows={entries}
      keyOf={({ id }) => id}
      columns={[
        { head: "When", cell: ({ at }) => <When at={at} /> },
        { head: "By", cell: ({ by }) => by },
        { head: "What", isHeader: true, cell: ({ action }) => action },
        { head: "Target", class: "id", cell: ({ target }) => target },
        { head: "Detail", cell: ({ detail }) => <Detail detail={detail} /> },
      ]}
    />
  );
}

/** The details of a change without its null fields. */
function Detail({ detail }: { detail: unknown }) {
  const text = JSON.stringify(detail, (_, value: unknown) => value ?? undefined);
  return text === "{}" ? <span class="quiet">–</span> : <code>{text}</code>;
}
