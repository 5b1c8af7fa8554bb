import { parseResponse } from "hono/client";
import { formatDuration } from "../format.ts";
import { cursorIn, hrefOf } from "../href.ts";
import { hrefOfPage } from "../now/attention.ts";
import type { AlertHistory } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import { When } from "../parts/when.tsx";
import type { PageProps } from "../route.ts";
import { usePolled } from "../use-polled.ts";
import { alertTitle, alertValues } from "./alert-words.ts";

type Alert = AlertHistory["alerts"][number];

/** Every alert of the last 90 days, the last opened first. */
export function AlertsPage({ query: text }: PageProps) {
  const cursor = cursorIn(text);
  const query = cursor === null ? {} : { cursor };
  const polled = usePolled(
    (client, options) => parseResponse(client.alerts.history.$get({ query }, options)),
    { key: `alerts ${cursor ?? ""}`, everyMs: cursor === null ? 15_000 : null },
  );
  return (
    <>
      <p class="back">
        <a href={hrefOf("")}>Now</a>
      </p>
      <PageHead title="Alerts" polled={polled} />
      <Loaded polled={polled} what="the alerts">
        {({ alerts, next_cursor }) => (
          <>
            <History alerts={alerts} />
            <Pager newest={hrefOf("alerts")} cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
    </>
  );
}

function History({ alerts }: { alerts: readonly Alert[] }) {
  if (alerts.length === 0) return <p class="quiet">No alert was opened in the last 90 days.</p>;
  return (
    <DataTable
      label="Alerts"
      rows={alerts}
      keyOf={({ id }) => id}
      columns={[
        { head: "Opened", cell: ({ opened_at }) => <When at={opened_at} /> },
        {
          head: "Alert",
          isHeader: true,
          cell: (alert) => <a href={hrefOfPage(alert.page)}>{alertTitle(alert)}</a>,
        },
        { head: "Resolved", cell: resolvedAfter },
        { head: "Last value", cell: alertValues },
        { head: "Cause", class: "words", cell: ({ cause, message }) => cause ?? message },
      ]}
    />
  );
}

function resolvedAfter({ opened_at, resolved_at }: Alert) {
  if (resolved_at === null) return <span class="tag bad">Open</span>;
  const seconds = (Date.parse(resolved_at) - Date.parse(opened_at)) / 1000;
  return (
    <>
      <When at={resolved_at} />, after {formatDuration(seconds)}
    </>
  );
}
