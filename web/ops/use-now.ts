import { useLayoutEffect, useState } from "hono/jsx/dom";
import { useVisible } from "./use-visible.ts";

/** The time in Unix ms, updated every `everyMs` while the page is visible; null stops the updates. */
export function useNow(everyMs: number | null): number {
  const [now, setNow] = useState(Date.now());
  const visible = useVisible();
  useLayoutEffect(() => {
    if (everyMs === null || !visible) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, visible]);
  return now;
}
