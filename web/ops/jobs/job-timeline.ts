import type { Job } from "../ops-client.ts";
import type { EventFrame } from "../../../client/src/eco2-edge-client.ts";

type Call = Job["calls"][number];

/** The reason of a wait. */
export type Wait = "queue" | "retry" | "paused" | "parked";

/** The time between two events of a job. Times are Unix ms; `to` is null while it lasts. */
export type Span =
  | {
      type: "wait";
      what: Wait;
      stage: string;
      from: number;
      to: number | null;
      failure: Failure | null;
    }
  | {
      type: "attempt";
      stage: string;
      /** From 1; a redrive starts again at 1. */
      attempt: number;
      from: number;
      to: number | null;
      outcome: "running" | "completed" | "retrying" | "parked" | "failed" | "cancelled" | "lost";
      failure: Failure | null;
      calls: Call[];
    }
  | {
      type: "moment";
      what: "submitted" | "redriven" | "cancelled" | "failed" | "done";
      stage: string;
      at: number;
    };

interface Failure {
  code: string;
  message: string;
  retryAt: number | null;
}

type Attempt = Extract<Span, { type: "attempt" }>;
type Waiting = Extract<Span, { type: "wait" }>;

/** Groups a job's events and model calls into waits, attempts and moments. */
export function timelineOf(events: readonly EventFrame[], calls: readonly Call[] = []): Span[] {
  const spans: Span[] = [];
  const remaining = [...calls];
  let attempt: Attempt | null = null;
  let wait: Waiting | null = null;

  const closeWait = (at: number) => {
    if (wait) wait.to = at;
    wait = null;
  };
  const openWait = (what: Wait, stage: string, from: number, failure: Failure | null = null) => {
    wait = { type: "wait", what, stage, from, to: null, failure };
    spans.push(wait);
  };
  const closeAttempt = (
    at: number,
    outcome: Attempt["outcome"],
    failure: Failure | null = null,
  ) => {
    if (!attempt) return;
    Object.assign(attempt, { to: at, outcome, failure });
    attempt = null;
  };

  for (const event of events) {
    const at = Date.parse(event.ts);
    const { stage, status } = event;
    const failure = failureOf(event);
    if (stage === "queued") {
      spans.push({ type: "moment", what: "submitted", stage, at });
      openWait("queue", "vision", at);
    } else if (stage === "done") {
      closeWait(at);
      spans.push({ type: "moment", what: "done", stage, at });
    } else if (status === "started") {
      closeWait(at);
      // An attempt without an end was lost before the next one.
      closeAttempt(at, "lost");
      const number = event.attempt ?? 1;
      attempt = {
        type: "attempt",
        stage,
        attempt: number,
        from: at,
        to: null,
        outcome: "running",
        failure: null,
        calls: takeCalls(remaining, stage, number),
      };
      spans.push(attempt);
    } else if (status === "completed") {
      closeAttempt(at, "completed");
      openWait("queue", nextOf(stage), at);
    } else if (status === "retrying") {
      closeAttempt(at, "retrying", failure);
      closeWait(at);
      openWait(failure?.code === "STAGE_PAUSED" ? "paused" : "retry", stage, at, failure);
    } else if (status === "parked") {
      closeAttempt(at, "parked", failure);
      closeWait(at);
      openWait("parked", stage, at, failure);
    } else if (status === "resumed") {
      closeWait(at);
      spans.push({ type: "moment", what: "redriven", stage, at });
      openWait("queue", stage, at);
    } else {
      closeAttempt(at, status, failure);
      closeWait(at);
      spans.push({ type: "moment", what: status, stage, at });
    }
  }
  return spans.filter((span) => !isEmpty(span));
}

/** Within a hop a stage does not wait, and after the last one nothing follows. */
const isEmpty = (span: Span): boolean =>
  span.type === "wait" && (span.stage === "" || (span.to !== null && span.to - span.from < 1));

const order = ["vision", "rule", "answer", "reward"];
const nextOf = (stage: string): string => order[order.indexOf(stage) + 1] ?? "";

/** Removes and returns the calls of one attempt, the next ones of its stage. */
function takeCalls(remaining: Call[], stage: string, attempt: number): Call[] {
  const first = remaining.findIndex((call) => call.stage === stage && call.attempt === attempt);
  if (first === -1) return [];
  let end = first;
  while (remaining[end]?.stage === stage && remaining[end]?.attempt === attempt) end++;
  return remaining.splice(first, end - first);
}

function failureOf({ error }: EventFrame): Failure | null {
  if (!error) return null;
  const { code, message, retry_at } = error;
  return { code, message, retryAt: retry_at === undefined ? null : Date.parse(retry_at) };
}

/** Ms that a job spent in attempts and in each kind of wait. */
export function totalsOf(spans: readonly Span[], now: number) {
  const total = (wanted: (span: Attempt | Waiting) => boolean) =>
    spans.reduce(
      (sum, span) =>
        span.type !== "moment" && wanted(span)
          ? sum + Math.max(0, (span.to ?? now) - span.from)
          : sum,
      0,
    );
  return {
    running: total(({ type }) => type === "attempt"),
    queue: total((span) => span.type === "wait" && span.what === "queue"),
    retry: total((span) => span.type === "wait" && span.what === "retry"),
    paused: total((span) => span.type === "wait" && span.what === "paused"),
    parked: total((span) => span.type === "wait" && span.what === "parked"),
  };
}
