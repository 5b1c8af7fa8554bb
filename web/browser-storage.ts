/** One key of the browser's storage. While that is blocked or full, reads answer null and writes do nothing. */
export function browserStorage(area: "localStorage" | "sessionStorage", key: string) {
  return {
    read: () => attempt(() => globalThis[area].getItem(key)),
    write: (text: string) => void attempt(() => globalThis[area].setItem(key, text)),
    clear: () => void attempt(() => globalThis[area].removeItem(key)),
  };
}

function attempt<Value>(use: () => Value): Value | null {
  try {
    return use();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** One of the browser's caches; null where there is none (an address without TLS), or while it is blocked. */
export const browserCache = (name: string): Promise<Cache | null> | null =>
  "caches" in globalThis ? caches.open(name).catch(() => null) : null;

/** The rows of a stored list that have their shape: a damaged one, or one of an earlier version, is left out alone. */
export function storedRows<Row>(
  text: string | null,
  isRow: (value: unknown) => value is Row,
): Row[] {
  const stored = parsed(text);
  return Array.isArray(stored) ? stored.filter(isRow) : [];
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
