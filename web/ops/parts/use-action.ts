import { useRef, useState } from "hono/jsx/dom";
import { errorMessage, useAccess } from "../ops-access.ts";

/** An action of the operator: whether its request is pending, and its error. */
export function useAction() {
  const access = useAccess();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  // Of two clicks, the second may come before the button is drawn anew.
  const running = useRef(false);
  async function run(action: () => Promise<void>) {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await action();
    } catch (thrown) {
      setError(errorMessage(thrown, access));
    } finally {
      running.current = false;
      setBusy(false);
    }
  }
  return { busy, error, act: (action: () => Promise<void>) => void run(action) };
}
