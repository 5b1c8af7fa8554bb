import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import { hrefOf } from "../href.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import type { PageProps } from "../route.ts";
import { usePolled } from "../use-polled.ts";
import { DeliveryTable } from "./delivery-table.tsx";

const statuses = ["failed", "pending", "delivered"] as const;
type Status = (typeof statuses)[number];

/** The last deliveries of webhooks, all or those of a status, which is in the address. */
export function WebhooksPage({ query }: PageProps) {
  const asked = new URLSearchParams(query).get("status");
  const status = statuses.find((it) => it === asked) ?? null;
  return <Deliveries key={status ?? ""} status={status} />;
}

/** Newest first, page by page. */
function Deliveries({ status }: { status: Status | null }) {
  const [cursor, setCursor] = useState<string | null>(null);
  const query = { ...(status && { status }), ...(cursor !== null && { cursor }) };
  const polled = usePolled(
    (client, options) => parseResponse(client.webhooks.$get({ query }, options)),
    { key: `webhooks ${status} ${cursor ?? ""}`, everyMs: cursor === null ? 5_000 : null },
  );
  return (
    <>
      <PageHead title="Webhooks" polled={polled} />
      <Views status={status} />
      <Loaded polled={polled} what="the webhooks">
        {({ deliveries, next_cursor }) => (
          <>
            {status !== null && deliveries.length === 0 ? (
              <p class="quiet">None is {status}.</p>
            ) : (
              <DeliveryTable deliveries={deliveries} onChanged={polled.again} />
            )}
            <Pager cursor={cursor} next={next_cursor} onChosen={setCursor} />
          </>
        )}
      </Loaded>
    </>
  );
}

const Views = ({ status }: { status: Status | null }) => (
  <nav class="views" aria-label="Views">
    <ul>
      {[null, ...statuses].map((it) => (
        <li key={it ?? ""}>
          <a
            href={it === null ? hrefOf("webhooks") : `${hrefOf("webhooks")}?status=${it}`}
            aria-current={it === status ? "true" : undefined}
          >
            {it === null ? "All" : it.replace(/^./, (first) => first.toUpperCase())}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);
