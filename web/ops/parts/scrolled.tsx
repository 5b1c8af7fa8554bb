import type { Child } from "hono/jsx";

/** A table that may be wider than the page: it scrolls by itself, with the keyboard, too. */
export const Scrolled = ({ label, children }: { label: string; children?: Child }) => (
  <div class="scrolled" role="region" aria-label={`${label}: table`} tabindex={0}>
    {children}
  </div>
);
