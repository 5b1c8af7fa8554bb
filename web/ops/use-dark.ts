import { useLayoutEffect, useState } from "hono/jsx/dom";

const mediaQuery = "(prefers-color-scheme: dark)";

/** Whether the dark colour scheme is active, for colours outside of style sheets. */
export function useDark(): boolean {
  const [dark, setDark] = useState(matchMedia(mediaQuery).matches);
  useLayoutEffect(() => {
    const query = matchMedia(mediaQuery);
    const update = () => setDark(query.matches);
    query.addEventListener("change", update);
    return () => query.removeEventListener("change", update);
  }, []);
  return dark;
}
