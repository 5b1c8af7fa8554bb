import type { News } from "./follow-scan.ts";
import { type Frame, outputOf, type Outputs, type ResultBody, type Stage } from "./frame.ts";

/** All that a page shows of a scan, folded from what was heard of it. */
export interface ScanView {
  connected: boolean;
  stage: Stage;
  status: Frame["status"];
  /** Percent, 0 to 100. */
  progress: number;
  attempt: number;
  /** Why it waits or failed; null while nothing is wrong. */
  trouble: NonNullable<Frame["error"]> | null;
  classification: Outputs["vision"]["classification"] | null;
  rule: Outputs["rule"]["rule"];
  answer: Outputs["answer"] | null;
  /** There when the scan has ended. */
  result: ResultBody | null;
}

export const unheard: ScanView = {
  connected: true,
  stage: "queued",
  status: "started",
  progress: 0,
  attempt: 1,
  trouble: null,
  classification: null,
  rule: null,
  answer: null,
  result: null,
};

/** The view after one piece of news. */
export function hear(view: ScanView, news: News): ScanView {
  if (news.type === "frame") return withFrame(view, news.frame);
  return { ...view, connected: news.type === "connected" };
}

function withFrame(view: ScanView, frame: Frame): ScanView {
  const { stage, status, progress, attempt = 1, error = null } = frame;
  const result = outputOf(frame, "done");
  return {
    ...view,
    stage,
    status,
    progress,
    attempt,
    trouble: result ? result.error : error,
    classification: outputOf(frame, "vision")?.classification ?? view.classification,
    rule: outputOf(frame, "rule")?.rule ?? view.rule,
    answer: outputOf(frame, "answer") ?? view.answer,
    result,
  };
}
