import type { Child } from "hono/jsx";

interface Props {
  /** The names of the filters that are set; with one of them the form is open. */
  set: readonly string[];
  children: Child;
}

/** The form of a list's filters, folded until one is set. */
export const FoldedFilters = ({ set, children }: Props) => (
  <details class="filters" open={set.length > 0}>
    <summary>Filters{set.length > 0 && `: ${set.join(", ")}`}</summary>
    {children}
  </details>
);
