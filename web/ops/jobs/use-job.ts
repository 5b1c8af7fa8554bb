import { useLayoutEffect, useState } from "hono/jsx/dom";
import { Refused, bodyOf } from "../api/answer.ts";
import { failureOf, useAccess } from "../access.ts";
import type { OpsClient } from "../api/client.ts";
import type { Job } from "../api/shapes.ts";
import { type Polled, usePolled } from "../use-polled.ts";
import { followJob } from "./follow-job.ts";
import type { EventFrame } from "./frame.ts";

/** While a job is open it is asked for so often, for what no event tells: queues, pauses, costs. */
const everyMs = 5_000;
/** Events come together: what they change is asked for once, ms. */
const settleMs = 500;

const ended = (job: Job | null) => job?.ended_at !== null && job !== null;

/** One job: what is known of it, and its events as they come. */
export function useJob(id: string): {
  polled: Polled<Job>;
  events: readonly EventFrame[];
  live: boolean;
} {
  const access = useAccess();
  const [events, setEvents] = useState<readonly EventFrame[]>([]);
  const [live, setLive] = useState(false);
  const [over, setOver] = useState(false);
  const polled = usePolled(
    (client: OpsClient, signal: AbortSignal) =>
      bodyOf(client.jobs[":id"].$get({ param: { id } }, { init: { signal } })),
    { key: id, everyMs: over ? null : everyMs },
  );
  const { client, by, open } = access;

  useLayoutEffect(() => {
    if (ended(polled.data)) setOver(true);
  }, [polled.data]);

  useLayoutEffect(() => {
    if (!open) return;
    const leaving = new AbortController();
    setEvents([]);
    void followJob(
      {
        async address() {
          try {
            const watch = { param: { id }, json: { by } };
            return (await bodyOf(client.jobs[":id"].stream.$post(watch))).ws_url;
          } catch (error) {
            // The job itself says why it is not there.
            if (error instanceof Refused && error.status === 404) leaving.abort();
            else failureOf(error, access);
            return null;
          }
        },
        onEvent: (event) => setEvents((before) => [...before, event]),
        onConnected: setLive,
      },
      leaving.signal,
    );
    return () => leaving.abort();
  }, [id, client, open]);

  // What came last changes what is known of the job.
  const seq = events.at(-1)?.seq ?? -1;
  useLayoutEffect(() => {
    if (seq < 0 || over) return;
    const timer = setTimeout(polled.again, settleMs);
    return () => clearTimeout(timer);
  }, [seq]);

  return { polled, events, live };
}
