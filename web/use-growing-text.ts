import { useEffect, useState } from "hono/jsx/dom";

/** How often a text grows on the page, ms. */
const stepMs = 60;
/** Its least growth, UTF-16 code units: less is shown at once. */
const leastUnits = 6;

/**
 * A text as it appears: what comes in large parts grows in small steps, faster the more is left. The text that
 * is there at first is shown whole, and so is one that has been completed.
 */
export function useGrowingText(text: string, partial: boolean): string {
  const [shown, setShown] = useState(text.length);
  const left = text.length - shown;
  const isGrowing = partial && left > leastUnits;
  useEffect(() => {
    if (!isGrowing) return setShown(text.length);
    const next = shown + Math.max(leastUnits, Math.ceil(left / 8));
    const timer = setTimeout(setShown, stepMs, next);
    return () => clearTimeout(timer);
  }, [text, shown, isGrowing]);
  return isGrowing ? text.slice(0, shown) : text;
}
