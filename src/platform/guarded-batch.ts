/** The column of a guard: a `CASE` without `ELSE` writes NULL into it, which `NOT NULL` refuses. */
type GuardColumn = `${string}.${string}`;

/**
 * Runs statements in one transaction that a guard among them may stop.
 * @returns false when the guard's condition did not hold: nothing was written.
 */
export async function guardedBatch(
  db: D1Database,
  guard: GuardColumn,
  statements: D1PreparedStatement[],
): Promise<boolean> {
  try {
    await db.batch(statements);
    return true;
  } catch (error) {
    if (String(error).includes(`NOT NULL constraint failed: ${guard}`)) return false;
    throw error;
  }
}

/** Whether the database refuses a row for what is in it: it will again, and refuses its batch with it. */
export const isRefusal = (error: unknown): boolean =>
  /SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(String(error));

/**
 * Writes items together. When the database refuses one of them, it writes each half by itself, until
 * the refused item stands alone and the others are written.
 * @param failed gets the items of a write that failed: a refused item, or all when the database is down.
 */
export async function splitBatch<Item>(
  items: readonly Item[],
  write: (items: readonly Item[]) => Promise<unknown>,
  failed: (items: readonly Item[], error: unknown) => unknown,
): Promise<void> {
  try {
    await write(items);
  } catch (error) {
    if (!isRefusal(error) || items.length === 1) {
      await failed(items, error);
      return;
    }
    const half = items.length >> 1;
    await splitBatch(items.slice(0, half), write, failed);
    await splitBatch(items.slice(half), write, failed);
  }
}
