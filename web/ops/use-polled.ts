import type { ClientRequestOptions } from "hono/client";
import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { errorMessage, useAccess } from "./ops-access.ts";
import type { OpsClient } from "./ops-client.ts";
import { serverNow } from "./server-clock.ts";
import { useVisible } from "./use-visible.ts";

/** The last response; an error afterwards does not remove it. */
interface Response<Data> {
  data: Data | null;
  /** When it arrived, Unix ms. */
  at: number | null;
  error: string | null;
}

export interface Polled<Data> extends Response<Data> {
  /** Polls at once. */
  again: () => void;
}

type Load<Data> = (client: OpsClient, options: ClientRequestOptions) => Promise<Data>;

/**
 * Loads data, and again `everyMs` after each response while the page is visible; null loads once. A new
 * `key` is other data.
 */
export function usePolled<Data>(
  load: Load<Data>,
  { key, everyMs }: { key: string; everyMs: number | null },
): Polled<Data> {
  const access = useAccess();
  const visible = useVisible();
  const nothing = { key, data: null, at: null, error: null };
  const [last, setLast] = useState<Response<Data> & { key: string }>(nothing);
  const [requested, setRequested] = useState(0);
  const dueAt = useRef(0);

  useLayoutEffect(() => {
    dueAt.current = 0;
  }, [key, requested, access.client]);

  useLayoutEffect(() => {
    if (!visible || !access.open) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    function schedule() {
      const due = dueAt.current ?? 0;
      if (due !== Infinity) timer = setTimeout(() => void poll(), Math.max(0, due - Date.now()));
    }
    async function poll() {
      try {
        const data = await load(access.client, { init: { signal: leaving.signal } });
        if (leaving.signal.aborted) return;
        setLast({ key, data, at: serverNow(), error: null });
      } catch (error) {
        if (leaving.signal.aborted) return;
        const message = errorMessage(error, access);
        setLast((before) => ({ ...(before.key === key ? before : nothing), error: message }));
      }
      dueAt.current = everyMs === null ? Infinity : Date.now() + everyMs;
      schedule();
    }
    schedule();
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [key, everyMs, requested, visible, access.client, access.open]);

  return { ...(last.key === key ? last : nothing), again: () => setRequested(requested + 1) };
}
