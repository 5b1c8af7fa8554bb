import type { Cause, Redrive } from "../ops-client.ts";
import type { Decision } from "./dry-run.ts";

/** The dead letters that an operator decides about at once: of a cause, or those that a redrive has left. */
export interface Redrivable {
  title: string;
  kind: Cause["kind"];
  filter: Decision["filter"];
  dead_letters: number;
  /** What redriving one costs at most; null when it is not known. */
  cost_each_usd: number | null;
  /** How many a canary sends first, unless the operator says otherwise. */
  canary: number;
}

/** @param at when the cause was read, ISO 8601: what is parked after that is decided about anew. */
export const redrivableOfCause = (cause: Cause, at: string): Redrivable => ({
  title: `${cause.error_code} at ${cause.source}`,
  kind: cause.kind,
  filter: { kind: cause.kind, fingerprint: cause.fingerprint, to: at },
  dead_letters: cause.dead_letters,
  cost_each_usd: cause.cost_each_usd,
  canary: Math.min(5, Math.max(1, Math.floor(cause.dead_letters / 2))),
});

/** What a redrive that has ended did not take, and what is still parked of it. */
export const restOf = ({ id, filter, rest }: Redrive): Redrivable => ({
  title: "the rest",
  kind: filter.kind,
  filter: { kind: filter.kind, left_by: id },
  dead_letters: rest,
  cost_each_usd: null,
  canary: 1,
});
