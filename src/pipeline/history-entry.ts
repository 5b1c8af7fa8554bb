import type { JobState } from "./job.ts";

/** What the history of a user keeps of a scan that has ended. Times are Unix ms. */
export interface HistoryEntry {
  jobId: string;
  /** When the scan was submitted. */
  requestedAt: number;
  endedAt: number;
  status: "completed" | "failed" | "cancelled";
  /** The model that was requested. */
  model: string;
  region: string | null;
  /** The categories are null when the scan ended before it was classified. */
  major: string | null;
  middle: string | null;
  minor: string | null;
  insufficiencies: readonly string[];
  rewardCode: string | null;
  rewardName: string | null;
  errorCode: string | null;
  /** The stored photo; null when there is none, or it was given by its URL. */
  photoKey: string | null;
}

/** The entry of a scan's run that ended at `endedAt`, Unix ms; null while it has not ended. */
export function historyEntryOf(state: JobState, endedAt: number): HistoryEntry | null {
  const { jobId, request, status, submittedAt, checkpoints, error } = state;
  if (status !== "completed" && status !== "failed" && status !== "cancelled") return null;
  const classification = checkpoints.vision?.classification;
  const reward = checkpoints.reward?.reward;
  const { model, region, photo } = request;
  return {
    jobId,
    requestedAt: submittedAt,
    endedAt,
    status,
    model,
    region,
    major: classification?.major_category ?? null,
    middle: classification?.middle_category ?? null,
    minor: classification?.minor_category ?? null,
    insufficiencies: checkpoints.answer?.insufficiencies ?? [],
    rewardCode: reward?.code ?? null,
    rewardName: reward?.name ?? null,
    errorCode: error?.code ?? null,
    photoKey: photo?.kind === "stored" ? photo.key : null,
  };
}
