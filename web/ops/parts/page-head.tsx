import type { Child } from "hono/jsx";
import { useEffect, useRef } from "hono/jsx/dom";
import { useNow } from "../use-now.ts";
import type { Polled } from "../use-polled.ts";
import { When } from "./when.tsx";

interface Props {
  title: string;
  /** What the page shows, when that is asked for again and again. */
  polled?: Polled<unknown>;
  children?: Child;
}

/** A page's title, with how fresh is what it shows. It takes the focus when an operator comes to it. */
export function PageHead({ title, polled, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Eco² Edge operations`;
    // A page that is opened anew leaves the focus where the browser puts it.
    if (arrived) heading.current?.focus({ preventScroll: true });
    arrived = true;
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

let arrived = false;

function Freshness({ polled: { at, error } }: { polled: Polled<unknown> }) {
  const now = useNow(1_000);
  if (at === null) return null;
  return (
    <p class={error === null ? "freshness" : "freshness stale"}>
      {error === null ? "Updated " : "Not updated. Last "}
      <When at={at} now={Math.max(now, at)} />
    </p>
  );
}
