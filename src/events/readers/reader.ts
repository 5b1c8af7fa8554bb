import type { LoggedEvent } from "../logged-event.ts";

/**
 * Turns the log into rows of its own tables, and into nothing else: what it says of an event depends
 * on that event alone, so that tables rebuilt from the log are the same byte for byte.
 */
export interface Reader {
  name: string;
  /** What it writes of an event, null when the event does not concern it. Throws if it cannot read it. */
  rowOf: (event: LoggedEvent) => object | null;
  /** Writes rows, given as a JSON array in `?1`. */
  write: string;
  /** Forgets all it has written. */
  reset: string;
}
