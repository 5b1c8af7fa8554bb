import { useLayoutEffect, useState } from "hono/jsx/dom";
import { serverNow } from "./server-clock.ts";
import { useVisible } from "./use-visible.ts";

/** The server's time in Unix ms, updated every `everyMs` while the page is visible; null stops the updates. */
export function useNow(everyMs: number | null): number {
  const [now, setNow] = useState(serverNow());
  const visible = useVisible();
  useLayoutEffect(() => {
    if (everyMs === null || !visible) return;
    setNow(serverNow());
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, visible]);
  return now;
}
