/**
 * Keeps a text in the browser. A storage may be closed to the page or full: then nothing is kept,
 * and the page works without.
 */
export function kept(area: "localStorage" | "sessionStorage", key: string) {
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
