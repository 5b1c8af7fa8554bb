import { parseResponse } from "hono/client";
import { cursorIn, hrefOf } from "../href.ts";
import type { AuditEntries } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import { When } from "../parts/when.tsx";
import type { PageProps } from "../route.ts";
import { usePolled } from "../use-polled.ts";
import { AuditFilters } from "./audit-filters.tsx";
import { AuditExport } from "./audit-export.tsx";
import { filtersIn, hrefOfAudit } from "./audit-view.ts";

/** The operators' changes, the newest first, with filters in the address. */
export function AuditPage({ query: text }: PageProps) {
  const filters = filtersIn(text);
  const cursor = cursorIn(text);
  const query = { ...filters, ...(cursor !== null && { cursor }) };
  const polled = usePolled(
    (client, options) => parseResponse(client.audit.$get({ query }, options)),
    { key: `audit ${text}`, everyMs: cursor === null ? 15_000 : null },
  );
  return (
    <>
      <PageHead title="Audit" polled={polled} />
      <AuditFilters filters={filters} />
      <Loaded polled={polled} what="the audit">
        {({ entries, next_cursor }) => (
          <>
            <Entries entries={entries} />
            <Pager newest={hrefOfAudit(filters)} cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
      <AuditExport key={hrefOfAudit(filters)} filters={filters} />
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
        { head: "Target", class: "id", cell: (entry) => <Target entry={entry} /> },
        { head: "Detail", cell: ({ detail }) => <Detail detail={detail} /> },
      ]}
    />
  );
}

/** What was changed, with a link where a page shows it. */
function Target({ entry: { action, target } }: { entry: AuditEntries[number] }) {
  const [kind = ""] = action.split(".");
  const page = pagesOf[kind];
  return page ? <a href={page(target)}>{target}</a> : <>{target}</>;
}

/** The page that shows a target, by the first part of the action. */
const pagesOf: Readonly<Record<string, (target: string) => string>> = {
  job: (id) => hrefOf("jobs", id),
  redrive: (id) => hrefOf("redrives", id),
  stage: () => hrefOf("controls"),
  breaker: () => hrefOf("controls"),
};

/** The details of a change without its null fields. */
function Detail({ detail }: { detail: unknown }) {
  const text = JSON.stringify(detail, (_, value: unknown) => value ?? undefined);
  return text === "{}" ? <span class="quiet">–</span> : <code>{text}</code>;
}
