import { parseResponse } from "hono/client";
import { cursorIn, hrefOf, hrefWith, inQuery } from "../href.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import type { PageProps } from "../route.ts";
import { usePolled } from "../use-polled.ts";
import { DeliveryTable } from "./delivery-table.tsx";

const statuses = ["failed", "pending", "delivered"] as const;
type Status = (typeof statuses)[number];

const hrefOfWebhooks = (status: Status | null): string =>
  status === null ? hrefOf("webhooks") : hrefWith(hrefOf("webhooks"), "status", status);

/** The last deliveries of webhooks, newest first, all or those of a status, which is in the address. */
export function WebhooksPage({ query: text }: PageProps) {
  const asked = inQuery(text, "status");
  const status = statuses.find((it) => it === asked) ?? null;
  const cursor = cursorIn(text);
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
            <Pager newest={hrefOfWebhooks(status)} cursor={cursor} next={next_cursor} />
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
          <a href={hrefOfWebhooks(it)} aria-current={it === status ? "true" : undefined}>
            {it === null ? "All" : it.replace(/^./, (first) => first.toUpperCase())}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);
