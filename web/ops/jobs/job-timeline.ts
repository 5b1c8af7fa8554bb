import type { Job } from "../ops-client.ts";
import { type EventFrame, stageNames } from "../../../client/src/eco2-edge-client.ts";

type Call = Job["calls"][number];

/** The reason of a wait. */
export type Wait = "queue" | "retry" | "provider" | "paused" | "parked";
export type Outcome =
  | "running"
  | "completed"
  | "retrying"
  | "postponed"
  | "parked"
  | "failed"
  | "cancelled"
  | "lost";
export type Moment = "submitted" | "redriven" | "confirmed" | "cancelled" | "failed" | "done";

interface Failure {
  code: string;
  message: string;
}

interface Attempt {
  type: "attempt";
  /** From 1; a redrive starts again at 1. */
  attempt: number;
  outcome: Outcome;
  failure: Failure | null;
  calls: Call[];
}

type Kind =
  | { type: "wait"; what: Wait }
  | { type: "moment"; what: Moment }
  | { type: "call"; call: Call }
  | Attempt;

/** The time between two events of a job, Unix ms; `to` is null while it lasts. */
export type Span = Kind & { stage: string; from: number; to: number | null };

const waits = { retry: "retry", provider: "provider", pause: "paused" } as const;

/** Groups a job's events and model calls into waits, attempts with their calls, and moments. */
export function timelineOf(events: readonly EventFrame[], calls: readonly Call[] = []): Span[] {
  const spans: Span[] = [];
  const remaining = [...calls];
  for (const { ts, stage, status, error, waits_for = "retry", attempt = 1 } of events) {
    const at = Date.parse(ts);
    const add = (kind: Kind, of: string = stage) =>
      spans.push({ ...kind, stage: of, from: at, to: kind.type === "moment" ? at : null });
    const wait = (what: Wait, of?: string) => add({ type: "wait", what }, of);
    const moment = (what: Moment) => add({ type: "moment", what });

    // Every event ends the wait or the attempt before it.
    const open = spans.at(-1);
    if (open?.to === null) open.to = at;
    if (open?.type === "attempt") {
      open.outcome = outcomeOf(status, waits_for);
      open.failure = error ?? null;
    }
    if (stage === "queued") {
      moment("submitted");
      wait("queue", stageNames[0]);
    } else if (stage === "done") moment("done");
    else if (status === "started") {
      const made = takeCalls(remaining, stage, attempt);
      add({ type: "attempt", attempt, outcome: "running", failure: null, calls: made });
    } else if (status === "completed") wait("queue", nextOf(stage));
    else if (status === "retrying") wait(waits[waits_for]);
    else if (status === "parked") wait("parked");
    else if (status === "resumed") {
      moment("redriven");
      wait("queue");
    } else {
      moment(status);
      if (status === "confirmed") wait("queue", nextOf(stage));
    }
  }
  return spans.filter((span) => !isEmpty(span)).flatMap(withCalls);
}

const outcomeOf = (status: EventFrame["status"], waitsFor: string): Outcome => {
  if (status === "started" || status === "resumed" || status === "confirmed") return "lost";
  return status === "retrying" && waitsFor === "provider" ? "postponed" : status;
};

/** An attempt, and behind it the calls that it made, which have times of their own. */
function withCalls(span: Span): Span[] {
  if (span.type !== "attempt") return [span];
  return [
    span,
    ...span.calls.map((call): Span => {
      const from = call.started_at === undefined ? span.from : Date.parse(call.started_at);
      return { type: "call", call, stage: span.stage, from, to: from + (call.duration_ms ?? 0) };
    }),
  ];
}

/** Within a hop a stage does not wait, and after the last one nothing follows. */
const isEmpty = ({ type, stage, from, to }: Span): boolean =>
  type === "wait" && (stage === "" || (to !== null && to - from < 1));

const nextOf = (stage: string): string =>
  stageNames[stageNames.findIndex((name) => name === stage) + 1] ?? "";

/** Removes and returns the calls of one attempt, the next ones of its stage. */
function takeCalls(remaining: Call[], stage: string, attempt: number): Call[] {
  const isOf = (call: Call | undefined) => call?.stage === stage && call.attempt === attempt;
  const first = remaining.findIndex(isOf);
  if (first === -1) return [];
  let end = first;
  while (isOf(remaining[end])) end++;
  return remaining.splice(first, end - first);
}

export const lengthOf = ({ from, to }: Span, now: number): number =>
  Math.max(0, (to ?? now) - from);

/** Ms that a job spent in attempts, within them in calls, and in each kind of wait. */
export function totalsOf(spans: readonly Span[], now: number) {
  const totals = { running: 0, calls: 0, queue: 0, retry: 0, provider: 0, paused: 0, parked: 0 };
  for (const span of spans) {
    if (span.type === "call") totals.calls += lengthOf(span, now);
    else if (span.type === "attempt") totals.running += lengthOf(span, now);
    else if (span.type === "wait") totals[span.what] += lengthOf(span, now);
  }
  return totals;
}
