import { lengthOf, type Span } from "./job-timeline.ts";

/** A wait that is so many times as long as all attempts is drawn as long as these. */
const longWait = 3;
/** What counts as the length of all attempts at least, ms. */
const leastWorkMs = 1_000;

export interface TimeAxis {
  /** Unix ms. */
  from: number;
  to: number;
  /** Whether a span is drawn shorter than it was, so that a scan parked for hours does not hide its attempts. */
  isShortened: (span: Span) => boolean;
  /** Where an instant is drawn, from 0 to 1. */
  placeOf: (at: number) => number;
}

/** The axis of a job's spans. It ends now, or with the last of them. */
export function timeAxisOf(spans: readonly Span[], now: number): TimeAxis {
  const from = spans[0]?.from ?? now;
  const to = Math.max(from + 1, ...spans.map((span) => span.to ?? now));
  const work = spans.reduce(
    (sum, span) => (span.type === "attempt" ? sum + lengthOf(span, now) : sum),
    0,
  );
  const drawnMs = Math.max(work, leastWorkMs);
  const isShortened = (span: Span) =>
    work > 0 && span.type === "wait" && lengthOf(span, now) > longWait * drawnMs;
  const shortened = spans.filter(isShortened);
  const drawnAt = (at: number) =>
    shortened.reduce((drawn, span) => {
      const length = lengthOf(span, now);
      const before = Math.min(length, Math.max(0, at - span.from));
      return drawn - before * (1 - drawnMs / length);
    }, at - from);
  const whole = drawnAt(to);
  return { from, to, isShortened, placeOf: (at) => drawnAt(at) / whole };
}
