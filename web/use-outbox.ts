import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import type { ApiError } from "../client/src/eco2-edge-client.ts";
import { readOutbox, sendOutbox, type Stopped, type UnsentScan } from "./outbox.ts";

/** When scans that could not be sent are sent again while there is a network: later each time, ms. */
const againMs = 5_000;
const mostAgainMs = 5 * 60_000;

/** The scans that wait to be sent: at once, and again until they are, while there is a network. */
export function useOutbox(onRefused: (stopped: Stopped) => void): {
  unsent: UnsentScan[];
  /** Why they wait; null while they are sent. */
  late: ApiError | null;
  /** Sends what was put aside. */
  send: () => void;
} {
  const [unsent, setUnsent] = useState(readOutbox);
  const [late, setLate] = useState<ApiError | null>(null);
  /** Counts the orders to send. */
  const [order, setOrder] = useState(0);
  /** How often the server has not taken them since it last took one. */
  const failures = useRef(0);
  const send = () => setOrder((before) => before + 1);

  /** A photo is sent with each attempt: one that the server has set a time for waits until then. */
  function waitMs(stopped: Stopped | null): number {
    if (!stopped?.isLater) return againMs;
    const backoff = Math.min(mostAgainMs, againMs * 2 ** (failures.current ?? 0));
    failures.current = (failures.current ?? 0) + 1;
    return Math.max(backoff, (stopped.error.retryAfter ?? 0) * 1000);
  }

  useLayoutEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function sendAll() {
      setUnsent(readOutbox());
      if (!navigator.onLine || readOutbox().length === 0) return;
      const stopped = await sendOutbox(() => {
        failures.current = 0;
        setLate(null);
        setUnsent(readOutbox());
      });
      // Another tab may have sent some.
      setUnsent(readOutbox());
      setLate(stopped?.isLater ? stopped.error : null);
      if (stopped && !stopped.isLater) onRefused(stopped);
      if (readOutbox().length > 0 && !left) timer = setTimeout(send, waitMs(stopped));
    }
    void sendAll();
    addEventListener("online", send);
    return () => {
      left = true;
      clearTimeout(timer);
      removeEventListener("online", send);
    };
  }, [order]);
  return { unsent, late, send };
}
