import { useLayoutEffect, useState } from "hono/jsx/dom";

/** The time, each minute and when the page is looked at again: it may stay open for days. */
export function useMinute(): Date {
  const [now, setNow] = useState(() => new Date());
  useLayoutEffect(() => {
    const update = () => setNow(new Date());
    const timer = setInterval(update, 60_000);
    document.addEventListener("visibilitychange", update);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", update);
    };
  }, []);
  return now;
}
