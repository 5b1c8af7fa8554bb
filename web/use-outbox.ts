import { useEffect, useState } from "hono/jsx/dom";
import type { ApiError } from "../client/src/eco2-edge-client.ts";
import { readOutbox, sendOutbox, type UnsentScan } from "./outbox.ts";

/** The scans that wait for the network. They are sent when it is back, and when the page is opened. */
export function useOutbox(onRefused: (error: ApiError) => void): {
  unsent: UnsentScan[];
  /** Counts the sendings, after which there are other saved scans. */
  sent: number;
  refresh: () => void;
} {
  const [state, setState] = useState(() => ({ unsent: readOutbox(), sent: 0 }));
  const refresh = () => setState((before) => ({ ...before, unsent: readOutbox() }));

  useEffect(() => {
    async function send() {
      if (readOutbox().length === 0) return;
      const refused = await sendOutbox();
      setState(({ sent }) => ({ unsent: readOutbox(), sent: sent + 1 }));
      if (refused) onRefused(refused);
    }
    const start = () => void send();
    if (navigator.onLine) start();
    addEventListener("online", start);
    return () => removeEventListener("online", start);
  }, []);
  return { ...state, refresh };
}
