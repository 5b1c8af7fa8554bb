import { useState } from "hono/jsx/dom";
import { failureOf, useAccess } from "../access.ts";

/** Something that is asked of the API by hand: whether it is under way, and why it did not work. */
export function useAction() {
  const access = useAccess();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  async function act(asked: () => Promise<void>) {
    setBusy(true);
    setError(null);
    try {
      await asked();
    } catch (thrown) {
      setError(failureOf(thrown, access));
    } finally {
      setBusy(false);
    }
  }
  return { busy, error, act: (asked: () => Promise<void>) => void act(asked) };
}
