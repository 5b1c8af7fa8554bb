import type { JobState } from "./job.ts";
import type { StageName } from "./stages/stage-table.ts";
import { withoutWords } from "./without-words.ts";

/** The dead letter of a parked job. Times are Unix ms. */
export interface DeadLetter {
  /** `jobId:stage`: a job has at most one for each stage. */
  id: string;
  jobId: string;
  userId: string;
  stage: StageName;
  code: string;
  message: string;
  /** The provider that is at fault; null when none is. */
  provider: string | null;
  fingerprint: string;
  model: string;
  regulationVersion: string | null;
  attempts: number;
  redrives: number;
  /** Those of them that were not by hand. */
  automaticRedrives: number;
  parkedAt: number;
}

export const deadLetterId = (jobId: string, stage: StageName): string => `${jobId}:${stage}`;

/** The dead letter of a job; null while it is not parked. */
export function deadLetterOf(state: JobState): DeadLetter | null {
  const {
    jobId,
    userId,
    stage,
    error,
    provider,
    request,
    checkpoints,
    redrives,
    automaticRedrives,
    parkedAt,
  } = state;
  if (parkedAt === null || error === null) return null;
  const { code, message } = withoutWords(request.user_input).failure(error);
  const regulationVersion = checkpoints.vision?.regulation_version ?? null;
  return {
    id: deadLetterId(jobId, stage),
    jobId,
    userId,
    stage,
    code,
    message,
    provider,
    fingerprint: [stage, code, request.model, regulationVersion ?? "-"].join("/"),
    model: request.model,
    regulationVersion,
    attempts: state.timeline[stage]?.attempts ?? 0,
    redrives,
    automaticRedrives,
    parkedAt,
  };
}
