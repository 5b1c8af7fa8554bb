import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import type { AuditEntries, OpsClient } from "../ops-client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Scrolled } from "../parts/scrolled.tsx";
import { When } from "../parts/when.tsx";
import { usePolled } from "../use-polled.ts";

/** Entries of a full page. */
const pageSize = 100;

/** The operators' changes, the newest first. */
export function AuditPage() {
  const [before, setBefore] = useState<number | null>(null);
  const polled = usePolled(
    async (client: OpsClient, signal: AbortSignal) => {
      const query = before === null ? {} : { query: { before: String(before) } };
      return (await parseResponse(client.audit.$get(query, { init: { signal } }))).entries;
    },
    { key: `audit ${before ?? ""}`, everyMs: before === null ? 15_000 : null },
  );
  return (
    <>
      <PageHead title="Audit" polled={polled} />
      <Loaded polled={polled} what="the audit">
        {(entries) => (
          <>
            <Entries entries={entries} />
            <p class="actions">
              {before !== null && (
                <button type="button" onClick={() => setBefore(null)}>
                  Newest
                </button>
              )}
              {entries.length === pageSize && (
                <button type="button" onClick={() => setBefore(entries.at(-1)?.id ?? null)}>
                  Older
                </button>
              )}
            </p>
          </>
        )}
      </Loaded>
    </>
  );
}

function Entries({ entries }: { entries: AuditEntries }) {
  if (entries.length === 0) return <p class="quiet">No operator has changed anything.</p>;
  return (
    <Scrolled label="Changes by operators">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">By</th>
            <th scope="col">What</th>
            <th scope="col">Target</th>
            <th scope="col">Detail</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ id, at, by, action, target, detail }) => (
            <tr key={id}>
              <td>
                <When at={at} />
              </td>
              <td>{by}</td>
              <th scope="row">{action}</th>
              <td class="id">{target}</td>
              <td>
                <Detail detail={detail} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

/** The details of a change without its null fields. */
function Detail({ detail }: { detail: unknown }) {
  const text = JSON.stringify(detail, (_, value: unknown) => (value === null ? undefined : value));
  return text === "{}" ? <span class="quiet">–</span> : <code>{text}</code>;
}
