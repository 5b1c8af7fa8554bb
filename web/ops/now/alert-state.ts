import type { Overview } from "../ops-client.ts";
import { attentionOf, type AttentionItem } from "./attention.ts";

type OpenAlert = Overview["alerts"][number] & {
  /** Whether its rule finds nothing any more, so that the next check resolves it. */
  isResolving: boolean;
};

/** What the page Now says of failures and of alerts, from one reading. */
export interface AlertState {
  items: AttentionItem[];
  open: OpenAlert[];
  /** Failing items without an open alert: one is opened by the next check. */
  pending: AttentionItem[];
  /** Whether nothing fails and no alert is open. */
  isAllClear: boolean;
}

/** While something is failing, an alert is open or pending. */
export function alertStateOf(overview: Overview): AlertState {
  const items = attentionOf(overview);
  const open = overview.alerts.map((alert) => ({
    ...alert,
    isResolving: !overview.findings.some((it) => isSame(it, alert)),
  }));
  const pending = items.filter(
    ({ tone, alerts }) =>
      tone === "bad" && !alerts.some((it) => open.some((alert) => isSame(it, alert))),
  );
  return { items, open, pending, isAllClear: open.length + pending.length === 0 };
}

type Named = Pick<Overview["alerts"][number], "rule" | "target">;

const isSame = (one: Named, other: Named) => one.rule === other.rule && one.target === other.target;
