import type { LoggedEvent } from "../logged-event.ts";

/**
 * A read model: rows of its own tables, derived from the event log. A row depends on its event alone, so
 * that a rebuild from the log gives the same tables byte for byte.
 */
export interface Projection {
  name: string;
  /** The rows for an event, or null when the event does not concern this projection. Throws for invalid data. */
  rowOf: (event: LoggedEvent) => object | readonly object[] | null;
  /** SQL that writes rows, given as a JSON array in `?1`. */
  write: string;
  /** SQL that deletes all rows. */
  reset: string;
}
