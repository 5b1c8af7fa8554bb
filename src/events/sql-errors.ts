/** The row itself is what the database refuses: it will do so again, and take the others. */
export const isRefusal = (error: unknown): boolean =>
  /SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(String(error));

/** A batch stopped itself, because a condition of its `CASE` no longer held. */
export const isStopped = (error: unknown, column: `${string}.${string}`): boolean =>
  String(error).includes(`NOT NULL constraint failed: ${column}`);
