import type { StreamEvent } from "./follow-scan.ts";
import { isKnown, outputOf, type Outputs } from "./frame.ts";
import type { DeltaFrame, EventFrame, ResultBody, Stage, Waiting } from "./wire.ts";

type Certainty = Pick<Outputs["vision"], "confidence" | "candidates" | "asks" | "confirmed_by">;

/** The state of a scan, reduced from its events. */
export interface ScanView {
  connected: boolean;
  /** Of the last event; -1 before the first. */
  seq: number;
  stage: Stage;
  status: EventFrame["status"];
  /** Percent, 0 to 100. */
  progress: number;
  attempt: number;
  /** Why it retries, is parked or failed. */
  error: NonNullable<EventFrame["error"]> | null;
  /** Why it waits since the last event; null while that is unknown. */
  waiting: Waiting | null;
  classification: Outputs["vision"]["classification"] | null;
  /** How certain the classification is, and what the resident is asked. */
  certainty: Certainty | null;
  /** What was seen or said of its condition. */
  situationTags: Outputs["vision"]["situation_tags"];
  /** The names of what else is there, each for a scan of its own. */
  otherItems: readonly string[];
  rule: Outputs["rule"]["rule"];
  region: Outputs["rule"]["region"];
  /** The answer's text while it is generated; empty before and after. */
  partialText: string;
  answer: Outputs["answer"] | null;
  /** Null until the scan has ended. */
  result: ResultBody | null;
}

export const initialView: ScanView = {
  connected: true,
  seq: -1,
  stage: "queued",
  status: "started",
  progress: 0,
  attempt: 1,
  error: null,
  waiting: null,
  classification: null,
  certainty: null,
  situationTags: [],
  otherItems: [],
  rule: null,
  region: null,
  partialText: "",
  answer: null,
  result: null,
};

/** The view after an event of the stream, or after a poll of why the scan waits. */
export function reduce(
  view: ScanView,
  event: StreamEvent | { type: "waiting"; waiting: Waiting | null },
): ScanView {
  if (event.type === "waiting") return { ...view, waiting: event.waiting };
  if (event.type !== "frame") return { ...view, connected: event.type === "connected" };
  return event.frame.status === "delta"
    ? withText(view, event.frame)
    : withEvent(view, event.frame);
}

/** Ignores text that leaves a gap: the whole answer follows. */
function withText(view: ScanView, { stage, result: { offset, text } }: DeltaFrame): ScanView {
  if (stage !== "answer" || view.answer || offset > view.partialText.length) return view;
  return { ...view, waiting: null, partialText: view.partialText.slice(0, offset) + text };
}

function withEvent(view: ScanView, frame: EventFrame): ScanView {
  const { seq, stage, status, progress, attempt = 1, error = null } = frame;
  // Of a newer server's event only the progress can be shown.
  if (!isKnown(frame)) return { ...view, seq, progress };
  const result = outputOf(frame, "done");
  const seen = outputOf(frame, "vision");
  return {
    ...view,
    // A confirmation starts again behind the first stage.
    ...(status === "confirmed" && { rule: null, region: null, answer: null }),
    seq,
    stage,
    status,
    progress,
    attempt,
    error: result ? result.error : error,
    waiting: null,
    ...(seen && {
      classification: seen.classification,
      certainty: certaintyOf(seen),
      situationTags: seen.situation_tags,
      otherItems: seen.other_items ?? [],
    }),
    ...outputOf(frame, "rule"),
    // Any event ends the attempt that generated it.
    partialText: "",
    ...(stage === "answer" && { answer: outputOf(frame, "answer") ?? view.answer }),
    result,
  };
}

const certaintyOf = ({ confidence, candidates, asks, confirmed_by }: Outputs["vision"]) => ({
  confidence,
  candidates,
  asks,
  confirmed_by,
});
