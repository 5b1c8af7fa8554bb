/** What SQLite and the file system say when no space is left. */
const messages = ["database or disk is full", "SQLITE_FULL", "ENOSPC", "No space left on device"];

/** workerd hides from its Worker why a call to storage failed, as on a full disk; its own log has the reason. */
const hidden = /^internal error; reference = \w+$/;

/** Whether the runtime failed, and hides how. */
export const isHiddenFailure = (error: unknown): boolean =>
  error instanceof Error && hidden.test(error.message);

/** Whether a write failed because its disk, database or object has no space left. */
export const isStorageFull = (error: unknown): boolean =>
  error instanceof Error && messages.some((text) => error.message.includes(text));
