import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import type { AuditEntries } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import { When } from "../parts/when.tsx";
import { usePolled } from "../use-polled.ts";

/** Entries of a full page. */
const pageSize = 100;

/** The operators' changes, the newest first. */
export function AuditPage() {
  const [before, setBefore] = useState<number | null>(null);
  const query = before === null ? {} : { before: String(before) };
  const polled = usePolled(
    (client, options) => parseResponse(client.audit.$get({ query }, options)),
    { key: `audit ${before ?? ""}`, everyMs: before === null ? 15_000 : null },
  );
  return (
    <>
      <PageHead title="Audit" polled={polled} />
      <Loaded polled={polled} what="the audit">
        {({ entries }) => (
          <>
            <Entries entries={entries} />
            <Pager
              cursor={before}
              next={(entries.length === pageSize && entries.at(-1)?.id) || null}
              onChosen={setBefore}
            />
          </>
        )}
      </Loaded>
    </>
  );
}

function Entries({ entries }: { entries: AuditEntries }) {
  if (entries.length === 0) return <p class="quiet">No operator has changed anything.</p>;
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
