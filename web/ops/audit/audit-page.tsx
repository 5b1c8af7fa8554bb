import { useState } from "hono/jsx/dom";
import { bodyOf } from "../api/answer.ts";
import type { OpsClient } from "../api/client.ts";
import type { AuditEntries } from "../api/shapes.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Scrolled } from "../parts/scrolled.tsx";
import { When } from "../parts/when.tsx";
import { usePolled } from "../use-polled.ts";

/** So many entries are a full page. */
const page = 100;

/** Who changed what by hand, the last first. */
export function AuditPage() {
  const [before, setBefore] = useState<number | null>(null);
  const polled = usePolled(
    async (client: OpsClient, signal: AbortSignal) => {
      const asked = before === null ? {} : { query: { before: String(before) } };
      return (await bodyOf(client.audit.$get(asked, { init: { signal } }))).entries;
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
              {entries.length === page && (
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
  if (entries.length === 0) return <p class="quiet">Nothing was changed by hand.</p>;
  return (
    <Scrolled label="Changes made by hand">
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

/** What was said of a change; nothing when nothing was. */
function Detail({ detail }: { detail: unknown }) {
  const said = JSON.stringify(detail, (_, value: unknown) => (value === null ? undefined : value));
  return said === "{}" ? <span class="quiet">–</span> : <code>{said}</code>;
}
