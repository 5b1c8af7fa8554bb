import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import { usePolled } from "../use-polled.ts";
import { DeliveryTable } from "./delivery-table.tsx";

/** The last deliveries of webhooks, the newest first. */
export function WebhooksPage() {
  const [cursor, setCursor] = useState<string | null>(null);
  const query = cursor === null ? {} : { cursor };
  const polled = usePolled(
    (client, options) => parseResponse(client.webhooks.$get({ query }, options)),
    { key: `webhooks ${cursor ?? ""}`, everyMs: cursor === null ? 5_000 : null },
  );
  return (
    <>
      <PageHead title="Webhooks" polled={polled} />
      <Loaded polled={polled} what="the webhooks">
        {({ deliveries, next_cursor }) => (
          <>
            <DeliveryTable deliveries={deliveries} onChanged={polled.again} />
            <Pager cursor={cursor} next={next_cursor} onChosen={setCursor} />
          </>
        )}
      </Loaded>
    </>
  );
}
