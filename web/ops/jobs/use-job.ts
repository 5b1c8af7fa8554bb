import { parseResponse } from "hono/client";
import { useLayoutEffect, useState } from "hono/jsx/dom";
import { createClient, type EventFrame } from "../../../client/src/eco2-edge-client.ts";
import { errorMessage, useAccess } from "../ops-access.ts";
import type { Job } from "../ops-client.ts";
import { type Polled, usePolled } from "../use-polled.ts";

/** An open job is polled for what has no events: queues, pauses and costs. */
const intervalMs = 5_000;
/** Events arrive in groups: one more poll follows each group. */
const settleMs = 500;

/** The stream URL has a token of its own. */
const { events: eventsOf } = createClient();

/** A job's state, polled, and its events, streamed. */
export function useJob(id: string): {
  polled: Polled<Job>;
  events: readonly EventFrame[];
  connected: boolean;
} {
  const access = useAccess();
  const [events, setEvents] = useState<readonly EventFrame[]>([]);
  const [connected, setConnected] = useState(false);
  const [ended, setEnded] = useState(false);
  const polled = usePolled(
    (client, options) => parseResponse(client.jobs[":id"].$get({ param: { id } }, options)),
    { key: id, everyMs: ended ? null : intervalMs },
  );
  const { client, by, open } = access;

  useLayoutEffect(() => {
    if (polled.data !== null && polled.data.ended_at !== null) setEnded(true);
  }, [polled.data]);

  useLayoutEffect(() => {
    if (!open) return;
    const leaving = new AbortController();
    const { signal } = leaving;
    setEvents([]);
    async function follow() {
      const stream = eventsOf(
        { jobId: id },
        {
          signal,
          transport: "websocket",
          async renewStreamUrl() {
            const request = { param: { id }, json: { by } };
            return (await parseResponse(client.jobs[":id"].stream.$post(request))).ws_url;
          },
        },
      );
      for await (const event of stream) {
        if (signal.aborted) return;
        if (event.type !== "frame") setConnected(event.type === "connected");
        else if (event.frame.status !== "delta") {
          const { frame } = event;
          setEvents((before) => [...before, frame]);
        }
      }
      setConnected(false);
    }
    follow().catch((error: unknown) => void errorMessage(error, access));
    return () => leaving.abort();
  }, [id, client, open]);

  // The last event changes the job's state.
  const seq = events.at(-1)?.seq ?? -1;
  useLayoutEffect(() => {
    if (seq < 0 || ended) return;
    const timer = setTimeout(polled.again, settleMs);
    return () => clearTimeout(timer);
  }, [seq]);

  return { polled, events, connected };
}
