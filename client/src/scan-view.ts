import type { News } from "./follow.ts";
import { isKnown, outputOf, type Outputs } from "./frame.ts";
import type { DeltaFrame, EventFrame, ResultBody, Stage, Waiting } from "./wire.ts";

/** All that is shown of a scan, folded from what was heard of it. */
export interface ScanView {
  connected: boolean;
  /** Of the last event; -1 before the first. */
  seq: number;
  stage: Stage;
  status: EventFrame["status"];
  /** Percent, 0 to 100. */
  progress: number;
  attempt: number;
  /** Why it waits or failed; null while nothing is wrong. */
  trouble: NonNullable<EventFrame["error"]> | null;
  /** Why nothing has been heard since; null while that is not known. */
  waiting: Waiting | null;
  classification: Outputs["vision"]["classification"] | null;
  rule: Outputs["rule"]["rule"];
  region: Outputs["rule"]["region"];
  /** The answer's words as far as they are generated; empty before, and again after. */
  written: string;
  answer: Outputs["answer"] | null;
  /** There when the scan has ended. */
  result: ResultBody | null;
}

export const unheard: ScanView = {
  connected: true,
  seq: -1,
  stage: "queued",
  status: "started",
  progress: 0,
  attempt: 1,
  trouble: null,
  waiting: null,
  classification: null,
  rule: null,
  region: null,
  written: "",
  answer: null,
  result: null,
};

/** The view after one piece of news, or after an answer to why there is none. */
export function hear(
  view: ScanView,
  news: News | { type: "waiting"; waiting: Waiting | null },
): ScanView {
  if (news.type === "waiting") return { ...view, waiting: news.waiting };
  if (news.type !== "frame") return { ...view, connected: news.type === "connected" };
  return news.frame.status === "delta" ? withText(view, news.frame) : withEvent(view, news.frame);
}

/** Text that does not join on to what is there is left out: what follows will, or the whole answer. */
function withText(view: ScanView, { stage, result: { offset, text } }: DeltaFrame): ScanView {
  if (stage !== "answer" || view.answer || offset > view.written.length) return view;
  return { ...view, waiting: null, written: view.written.slice(0, offset) + text };
}

function withEvent(view: ScanView, frame: EventFrame): ScanView {
  const { seq, stage, status, progress, attempt = 1, error = null } = frame;
  // A newer server's: that it came is all that can be shown.
  if (!isKnown(frame)) return { ...view, seq, progress };
  const result = outputOf(frame, "done");
  return {
    ...view,
    seq,
    stage,
    status,
    progress,
    attempt,
    trouble: result ? result.error : error,
    waiting: null,
    classification: outputOf(frame, "vision")?.classification ?? view.classification,
    rule: outputOf(frame, "rule")?.rule ?? view.rule,
    region: outputOf(frame, "rule")?.region ?? view.region,
    // Whatever happens, the attempt that wrote it is over.
    written: "",
    answer: outputOf(frame, "answer") ?? view.answer,
    result,
  };
}
