import type { Job } from "../api/shapes.ts";
import type { EventFrame } from "./frame.ts";

type Call = Job["calls"][number];

/** What a job waited for. */
export type Wait = "queue" | "retry" | "paused" | "parked";

/** A part of a job's life, from one event to the next. Times are Unix ms; `to` is null while it lasts. */
export type Span =
  | {
      type: "wait";
      what: Wait;
      stage: string;
      from: number;
      to: number | null;
      why: Failure | null;
    }
  | {
      type: "attempt";
      stage: string;
      /** Counts a stage's attempts from 1; a redrive begins anew. */
      attempt: number;
      from: number;
      to: number | null;
      outcome: "running" | "completed" | "retrying" | "parked" | "failed" | "cancelled" | "lost";
      why: Failure | null;
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

/** A job's events and model calls as what it did and what it waited for, in order. */
export function timelineOf(events: readonly EventFrame[], calls: readonly Call[] = []): Span[] {
  const spans: Span[] = [];
  const paid = [...calls];
  let attempt: Attempt | null = null;
  let wait: Waiting | null = null;

  const endWait = (at: number) => {
    if (wait) wait.to = at;
    wait = null;
  };
  const beginWait = (what: Wait, stage: string, from: number, why: Failure | null = null) => {
    wait = { type: "wait", what, stage, from, to: null, why };
    spans.push(wait);
  };
  const endAttempt = (at: number, outcome: Attempt["outcome"], why: Failure | null = null) => {
    if (!attempt) return;
    Object.assign(attempt, { to: at, outcome, why });
    attempt = null;
  };

  for (const event of events) {
    const at = Date.parse(event.ts);
    const { stage, status } = event;
    const why = failureOf(event);
    if (stage === "queued") {
      spans.push({ type: "moment", what: "submitted", stage, at });
      beginWait("queue", "vision", at);
    } else if (stage === "done") {
      endWait(at);
      spans.push({ type: "moment", what: "done", stage, at });
    } else if (status === "started") {
      endWait(at);
      // One that is followed by another without a word has died.
      endAttempt(at, "lost");
      const number = event.attempt ?? 1;
      attempt = {
        type: "attempt",
        stage,
        attempt: number,
        from: at,
        to: null,
        outcome: "running",
        why: null,
        calls: taken(paid, stage, number),
      };
      spans.push(attempt);
    } else if (status === "completed") {
      endAttempt(at, "completed");
      beginWait("queue", nextOf(stage), at);
    } else if (status === "retrying") {
      endAttempt(at, "retrying", why);
      endWait(at);
      beginWait(why?.code === "STAGE_PAUSED" ? "paused" : "retry", stage, at, why);
    } else if (status === "parked") {
      endAttempt(at, "parked", why);
      endWait(at);
      beginWait("parked", stage, at, why);
    } else if (status === "resumed") {
      endWait(at);
      spans.push({ type: "moment", what: "redriven", stage, at });
      beginWait("queue", stage, at);
    } else {
      endAttempt(at, status, why);
      endWait(at);
      spans.push({ type: "moment", what: status, stage, at });
    }
  }
  return spans.filter((span) => !isNothing(span));
}

/** Stages that run right behind the one before do not wait; nor is there anything after the last. */
const isNothing = (span: Span): boolean =>
  span.type === "wait" && (span.stage === "" || (span.to !== null && span.to - span.from < 1));

const order = ["vision", "rule", "answer", "reward"];
const nextOf = (stage: string): string => order[order.indexOf(stage) + 1] ?? "";

/** The calls of one attempt, which are the next ones of its stage. */
function taken(paid: Call[], stage: string, attempt: number): Call[] {
  const first = paid.findIndex((call) => call.stage === stage && call.attempt === attempt);
  if (first === -1) return [];
  let end = first;
  while (paid[end]?.stage === stage && paid[end]?.attempt === attempt) end++;
  return paid.splice(first, end - first);
}

function failureOf({ error }: EventFrame): Failure | null {
  if (!error) return null;
  const { code, message, retry_at } = error;
  return { code, message, retryAt: retry_at === undefined ? null : Date.parse(retry_at) };
}

/** How long a job did or waited for what, ms. */
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
