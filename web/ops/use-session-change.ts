import { useLayoutEffect } from "hono/jsx/dom";
import { useAccess } from "./ops-access.ts";

/** Calls back when the session ends, and when another begins: what was shown for a reason is not the next operator's. */
export function useSessionChange(changed: () => void): void {
  const { client, open } = useAccess();
  useLayoutEffect(changed, [client, open]);
}
