/**
 * Holds what was loaded for `ms`, so that an isolate asks a store now and then and not for every
 * scan. Only values are held: a request may not wait for the I/O of another.
 */
export function ttlCache<Value>(ms: number, load: () => Promise<Value>): () => Promise<Value> {
  let last: { value: Value; until: number } | undefined;
  return async () => {
    if (last && Date.now() < last.until) return last.value;
    const value = await load();
    last = { value, until: Date.now() + ms };
    return value;
  };
}
