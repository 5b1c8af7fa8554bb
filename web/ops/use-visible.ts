import { useLayoutEffect, useState } from "hono/jsx/dom";

/** Whether anybody sees the page. */
export function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useLayoutEffect(() => {
    const see = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", see);
    return () => document.removeEventListener("visibilitychange", see);
  }, []);
  return visible;
}
