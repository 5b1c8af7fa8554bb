import { useLayoutEffect, useState } from "hono/jsx/dom";
import type { ApiError } from "../client/src/eco2-edge-client.ts";
import { readOutbox, sendOutbox, type UnsentScan } from "./outbox.ts";

/** When scans that could not be sent are sent again while there is a network, ms. */
const againMs = 5_000;

/** The scans that wait to be sent: at once, and again until they are, while there is a network. */
export function useOutbox(onRefused: (error: ApiError) => void): {
  unsent: UnsentScan[];
  /** Sends what was put aside. */
  send: () => void;
} {
  const [unsent, setUnsent] = useState(readOutbox);
  /** Counts the orders to send. */
  const [order, setOrder] = useState(0);
  const send = () => setOrder((before) => before + 1);

  useLayoutEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function sendAll() {
      setUnsent(readOutbox());
      if (!navigator.onLine || readOutbox().length === 0) return;
      const refused = await sendOutbox(() => setUnsent(readOutbox()));
      // Another tab may have sent some.
      setUnsent(readOutbox());
      if (refused) onRefused(refused);
      if (readOutbox().length > 0 && !left) timer = setTimeout(send, againMs);
    }
    void sendAll();
    addEventListener("online", send);
    return () => {
      left = true;
      clearTimeout(timer);
      removeEventListener("online", send);
    };
  }, [order]);
  return { unsent, send };
}
