import { parseResponse } from "hono/client";
import { Loaded } from "../parts/loaded.tsx";
import { usePolled } from "../use-polled.ts";
import { DeliveryTable } from "../webhooks/delivery-table.tsx";
import { JobEventList } from "./job-event-list.tsx";

const everyMs = 5_000;

/** The webhooks of a job, and its events for other services. */
export function JobDeliveries({ id, open }: { id: string; open: boolean }) {
  const webhooks = usePolled(
    (client, options) => parseResponse(client.webhooks.$get({ query: { job: id } }, options)),
    // A webhook may be tried again for a day.
    { key: `webhooks of ${id}`, everyMs },
  );
  const events = usePolled(
    (client, options) => parseResponse(client.jobs[":id"].events.$get({ param: { id } }, options)),
    { key: `events of ${id} ${open}`, everyMs: open ? everyMs : null },
  );
  return (
    <>
      <section aria-labelledby="webhooks">
        <h2 id="webhooks">Webhooks</h2>
        <Loaded polled={webhooks} what="the webhooks">
          {({ deliveries }) => <DeliveryTable deliveries={deliveries} onChanged={webhooks.again} />}
        </Loaded>
      </section>
      <section aria-labelledby="events">
        <h2 id="events">Events</h2>
        <Loaded polled={events} what="the events">
          {({ events: all }) => <JobEventList events={all} />}
        </Loaded>
      </section>
    </>
  );
}
