import type { Child } from "hono/jsx";
import { useEffect, useRef } from "hono/jsx/dom";
import { useNow } from "../use-now.ts";
import type { Polled } from "../use-polled.ts";
import { When } from "./when.tsx";

interface Props {
  title: string;
  /** The page's data, to show when it was updated. */
  polled?: Polled<unknown>;
  children?: Child;
}

/** The page's title, which takes the focus after a navigation, and the age of its data. */
export function PageHead({ title, polled, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Eco² Edge operations`;
    // On the first load the browser places the focus.
    if (hasNavigated) heading.current?.focus({ preventScroll: true });
    hasNavigated = true;
  }, [title]);
  return (
    <div class="page-head">
      <h1 ref={heading} tabindex={-1}>
        {title}
      </h1>
      {children}
      {polled && <Freshness polled={polled} />}
    </div>
  );
}

let hasNavigated = false;

function Freshness({ polled: { at, error } }: { polled: Polled<unknown> }) {
  const now = useNow(1_000);
  if (at === null) return null;
  return (
    <p class={error === null ? "freshness" : "freshness toned bad"}>
      {error === null ? "Updated " : "Not updated. Last "}
      <When at={at} now={Math.max(now, at)} />
    </p>
  );
}
