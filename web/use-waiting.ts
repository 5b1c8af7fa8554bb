import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { askAt } from "./client/ask-at.ts";
import { askWaiting, type Waiting } from "./client/ask-waiting.ts";
import type { ScanView } from "./client/scan-view.ts";
import { userId } from "./user-id.ts";

/** Asks why a scan waits as long as nothing is heard of it, and tells what it learns. */
export function useWaiting(
  jobId: string,
  view: ScanView,
  tell: (news: { type: "waiting"; waiting: Waiting | null }) => void,
): void {
  const visible = useVisible();
  const heardAt = useRef(0);
  const askedAt = useRef(-Infinity);

  useLayoutEffect(() => {
    heardAt.current = performance.now();
  }, [jobId, view.seq]);

  const due = () =>
    askAt(view, {
      visible,
      heardAt: heardAt.current ?? 0,
      askedAt: askedAt.current ?? -Infinity,
    });

  useLayoutEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    function plan() {
      const at = due();
      if (at !== null) timer = setTimeout(() => void ask(), at - performance.now());
    }
    async function ask() {
      askedAt.current = performance.now();
      const learned = await askWaiting(jobId, userId, leaving.signal);
      // What came meanwhile is newer.
      if (leaving.signal.aborted) return;
      if (learned) tell({ type: "waiting", ...learned });
      plan();
    }
    plan();
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [jobId, view.seq, due() === null]);
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useLayoutEffect(() => {
    const see = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", see);
    return () => document.removeEventListener("visibilitychange", see);
  }, []);
  return visible;
}
