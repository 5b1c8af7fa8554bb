import type { Overview } from "../ops-client.ts";
import { attentionOf, type Matter } from "./attention.ts";

type OpenAlert = Overview["alerts"][number] & {
  /** Whether its rule finds nothing any more, so that the next check resolves it. */
  over: boolean;
};

/** What the page Now says of failures and of alerts, from one reading. */
export interface AlertState {
  matters: Matter[];
  open: OpenAlert[];
  /** Failing matters without an open alert: one is opened by the next check. */
  pending: Matter[];
  /** Whether nothing fails and no alert is open. */
  quiet: boolean;
}

/** While a matter is failing, an alert is open or pending: the two are never told apart. */
export function alertStateOf(overview: Overview): AlertState {
  const matters = attentionOf(overview);
  const open = overview.alerts.map((alert) => ({
    ...alert,
    over: !overview.findings.some((it) => isSame(it, alert)),
  }));
  const pending = matters.filter(
    ({ tone, alerts }) =>
      tone === "bad" && !alerts.some((it) => open.some((alert) => isSame(it, alert))),
  );
  return { matters, open, pending, quiet: open.length + pending.length === 0 };
}

type Named = Pick<Overview["alerts"][number], "rule" | "target">;

const isSame = (one: Named, other: Named) => one.rule === other.rule && one.target === other.target;
