import type { JobEvent } from "./job-events.ts";

/** What a stage has used up before it is parked. Each stage starts with fresh budgets. */
export interface Budgets {
  /** Attempts that called somebody, with the one that runs. */
  attempt: number;
  /** Attempts that crashed. */
  crashes: number;
  /** When the stage first had to wait for a provider, Unix ms; null when it had not. */
  unavailableSince: number | null;
  /** Whether it waits for a provider now: its last attempt could call none. */
  waitsForProvider: boolean;
}

export const freshBudgets: Budgets = {
  attempt: 0,
  crashes: 0,
  unavailableSince: null,
  waitsForProvider: false,
};

/** The budgets after an attempt that is repeated. One that called nobody, or crashed, is given back. */
export function budgetsAfter(
  { attempt, crashes, unavailableSince }: Budgets,
  { budget, at }: Extract<JobEvent, { type: "retrying" }>,
): Budgets {
  const after = { attempt: attempt - 1, crashes, unavailableSince, waitsForProvider: false };
  switch (budget) {
    case "attempt":
      return { ...after, attempt };
    case "crash":
      return { ...after, crashes: crashes + 1 };
    case "wait":
      return { ...after, unavailableSince: unavailableSince ?? at, waitsForProvider: true };
  }
}
