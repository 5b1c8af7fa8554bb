import type { Child } from "hono/jsx";
import { useEffect, useRef } from "hono/jsx/dom";
import { wasNavigated } from "../route.ts";

interface Props {
  children: Child;
  /** Whether another element of the page takes the focus. */
  quiet?: boolean;
}

/** The heading of a page. It takes the focus when the resident comes from another page. */
export function PageHeading({ children, quiet = false }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Not a layout effect: at that time the heading is in no document yet.
  useEffect(() => {
    if (!wasNavigated()) return;
    scrollTo({ top: 0 });
    if (!quiet) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabindex={-1}>
      {children}
    </h1>
  );
}
