import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { type Access, failureOf, useAccess } from "./access.ts";
import { isAbort } from "./api/answer.ts";
import { useVisible } from "./use-visible.ts";

/** What was heard last, and when; what goes wrong afterwards does not take it away. */
export interface Polled<Data> {
  data: Data | null;
  /** Unix ms. */
  at: number | null;
  error: string | null;
  /** Asks at once. */
  again: () => void;
}

type Load<Data> = (client: Access["client"], signal: AbortSignal) => Promise<Data>;

interface Heard<Data> {
  key: string;
  data: Data | null;
  at: number | null;
  error: string | null;
}

/**
 * Asks for something, and again `everyMs` after each answer, as long as somebody sees the page; null
 * asks once. Another `key` is another thing to ask for.
 */
export function usePolled<Data>(
  load: Load<Data>,
  { key, everyMs }: { key: string; everyMs: number | null },
): Polled<Data> {
  const access = useAccess();
  const visible = useVisible();
  const [heard, setHeard] = useState<Heard<Data>>({ key, data: null, at: null, error: null });
  const [asked, setAsked] = useState(0);
  const dueAt = useRef(0);
  const known = heard.key === key ? heard : { key, data: null, at: null, error: null };
  const latest = useRef(known);
  latest.current = known;

  useLayoutEffect(() => {
    dueAt.current = 0;
  }, [key, asked, access.client]);

  useLayoutEffect(() => {
    if (!visible || !access.open) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    function plan() {
      const due = dueAt.current ?? 0;
      if (due !== Infinity) timer = setTimeout(() => void ask(), Math.max(0, due - Date.now()));
    }
    async function ask() {
      const before = latest.current;
      const kept = before?.key === key ? before : { data: null, at: null };
      try {
        const data = await load(access.client, leaving.signal);
        if (leaving.signal.aborted) return;
        setHeard({ key, data, at: Date.now(), error: null });
      } catch (error) {
        if (leaving.signal.aborted || isAbort(error)) return;
        setHeard({ key, data: kept.data, at: kept.at, error: failureOf(error, access) });
      }
      dueAt.current = everyMs === null ? Infinity : Date.now() + everyMs;
      plan();
    }
    plan();
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [key, everyMs, asked, visible, access.client, access.open]);

  return { data: known.data, at: known.at, error: known.error, again: () => setAsked(asked + 1) };
}
