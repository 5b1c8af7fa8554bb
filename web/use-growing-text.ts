import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";

/** How often a text grows on the page, ms. */
const stepMs = 60;
/** Its least growth, UTF-16 code units: less is shown at once. */
const leastUnits = 6;

/**
 * A text as it appears: what comes in large parts grows in small steps, faster the more is left. The text that
 * is there at first is shown whole, and so is one that has been completed.
 */
export function useGrowingText(text: string, partial: boolean): string {
  // Not a state: the next text may come before an effect has run, and what is shown must not shrink.
  const shown = useRef(text.length);
  const [step, setStep] = useState(0);
  const before = Math.min(shown.current ?? 0, text.length);
  const isGrowing = partial && text.length - before > leastUnits;
  shown.current = isGrowing ? before : text.length;
  useLayoutEffect(() => {
    if (!isGrowing) return;
    const next = before + Math.max(leastUnits, Math.ceil((text.length - before) / 8));
    const timer = setTimeout(() => {
      shown.current = next;
      setStep(step + 1);
    }, stepMs);
    return () => clearTimeout(timer);
  }, [text, step, isGrowing]);
  return text.slice(0, shown.current);
}
