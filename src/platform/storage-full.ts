/** What SQLite and the file system say when no space is left. */
const messages = ["database or disk is full", "SQLITE_FULL", "ENOSPC", "No space left on device"];

/** Whether a write failed because its disk, database or object has no space left. */
export const isStorageFull = (error: unknown): boolean =>
  error instanceof Error && messages.some((text) => error.message.includes(text));
