import { isWordsOnly, type JobState } from "./job.ts";
import { costOf } from "./model-call.ts";
import type { Owner, ScanRequest } from "./request.ts";
import { hopFrom, type StageName, stageOf, type StageOutput } from "./stages/stage-table.ts";

/** The members that stage rows name as their input: request, owner, checkpoints, cost so far. */
export type HopInput = Record<string, ScanRequest | Owner | StageOutput | number>;

/** The input of the hop that starts at a stage: what its rows name, and no more. */
export function hopInput(name: StageName, state: JobState): HopInput {
  const { request, checkpoints, calls } = state;
  const named = new Set(hopFrom(name).flatMap((it) => Object.keys(stageOf(it).input.shape)));
  const owner: Owner = {
    job_id: state.jobId,
    user_id: state.userId,
    owned: state.owned,
    words_only: isWordsOnly(state),
    test: state.test !== null,
  };
  const all = { request, owner, spent_usd: costOf(calls).cost_usd, ...checkpoints };
  return Object.fromEntries(Object.entries(all).filter(([member]) => named.has(member)));
}
