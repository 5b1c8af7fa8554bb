import type { UnreadableArchive } from "../events/archive-object.ts";
import { Problem } from "./problem.ts";

/** Nothing is left out unless the reader asks for that, as `howToSkip` says. */
export const eventsUnreadable = (
  { unread: { first, last } }: UnreadableArchive,
  howToSkip: string,
): Problem =>
  new Problem(
    "EVENTS_UNREADABLE",
    `The events ${first} to ${last} cannot be read now. Try again later; ${howToSkip} goes on without them.`,
    { first_cursor: first, last_cursor: last },
  );
