import type { Child } from "hono/jsx";

/** Scrolls a table that is wider than the page, by keyboard, too. */
export const Scrolled = ({ label, children }: { label: string; children?: Child }) => (
  <div class="scrolled" role="region" aria-label={`${label}: table`} tabindex={0}>
    {children}
  </div>
);
