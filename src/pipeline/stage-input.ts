import type { JobState } from "./job.ts";
import { costOf } from "./model-call.ts";
import type { Owner, ScanRequest } from "./request.ts";
import { nextStage, type StageName, stageOf, type StageOutput } from "./stages/stage-table.ts";

/** What a stage's row names as its input: the request, whose it is, checkpoints, and the cost so far. */
export type StageInput = Record<string, ScanRequest | Owner | StageOutput | number>;

/** What a stage is given, and the one after it where that may run ahead in the same place. */
export function inputOf(name: StageName, state: JobState): StageInput {
  const { request, checkpoints, calls } = state;
  const following = nextStage(name);
  const ahead = following && stageOf(following).inline ? stageOf(following).input.shape : {};
  const shape = { ...stageOf(name).input.shape, ...ahead };
  const owner: Owner = { job_id: state.jobId, user_id: state.userId, owned: state.owned };
  const known = Object.entries({
    request,
    owner,
    spent_usd: costOf(calls).cost_usd,
    ...checkpoints,
  });
  return Object.fromEntries(known.filter(([key]) => key in shape));
}
