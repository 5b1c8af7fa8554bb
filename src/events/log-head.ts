/** SQL: the last cursor of the log, wherever its event is; 0 for an empty log. */
export const head = `max(
  coalesce((SELECT max(last_cursor) FROM event_segments), 0),
  coalesce((SELECT max(last_cursor) FROM event_archives), 0))`;

/** SQL: how far a projection is in the log. */
export const cursorOf = (name: string) =>
  `coalesce((SELECT cursor FROM event_readers WHERE name = ${name}), 0)`;
