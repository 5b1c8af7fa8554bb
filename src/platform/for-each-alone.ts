/**
 * Runs something for each item, in order. One that fails keeps none behind it from its turn.
 * @throws what has failed, after the last; an AggregateError of several.
 */
export async function forEachAlone<Item>(
  items: Iterable<Item>,
  run: (item: Item) => Promise<unknown>,
): Promise<void> {
  const failed: unknown[] = [];
  for (const item of items) {
    try {
      await run(item);
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 1) throw new AggregateError(failed, failed.map(String).join("; "));
  if (failed.length === 1) throw failed[0];
}
