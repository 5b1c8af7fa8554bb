import { useLayoutEffect, useState } from "hono/jsx/dom";

/** Whether the page is in the foreground. */
export function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useLayoutEffect(() => {
    const update = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", update);
    return () => document.removeEventListener("visibilitychange", update);
  }, []);
  return visible;
}
