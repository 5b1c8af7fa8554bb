import { useLayoutEffect, useState } from "hono/jsx/dom";

const asked = "(prefers-color-scheme: dark)";

/** Whether the reader wants a dark page: for what a style sheet does not reach. */
export function useDark(): boolean {
  const [dark, setDark] = useState(matchMedia(asked).matches);
  useLayoutEffect(() => {
    const query = matchMedia(asked);
    const see = () => setDark(query.matches);
    query.addEventListener("change", see);
    return () => query.removeEventListener("change", see);
  }, []);
  return dark;
}
