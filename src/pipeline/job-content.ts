import type { JobEvent } from "./job-events.ts";
import { type JobState, reduce, type StageCall } from "./job.ts";
import type { ModelCall } from "./model-call.ts";
import type { ScanRequest } from "./request.ts";
import type { Checkpoints, StageOutput } from "./stages/stage-table.ts";

/** A model call with what it was given and what came of it. */
export interface CallContent extends StageCall {
  /** The outputs of the stages before it, as they were then. */
  given: Checkpoints;
  /** The output of its stage; null for a call that failed, or whose attempt did. */
  output: StageOutput | null;
}

/** The content of a job: the request as it was sent, and its calls with their texts. */
export interface JobContent {
  userId: string;
  request: Pick<ScanRequest, "photo" | "user_input" | "region" | "model">;
  calls: CallContent[];
  checkpoints: Checkpoints;
}

/** The content of a job, from its whole log; null when the log is empty. */
export function contentOf(log: readonly JobEvent[]): JobContent | null {
  let state: JobState | null = null;
  const calls: CallContent[] = [];
  for (const event of log) {
    const given: Checkpoints = state?.checkpoints ?? {};
    const output = event.type === "completed" ? event.output : null;
    const made = callsOf(event);
    const before = state;
    state = reduce(state, event);
    if (!before || !("stage" in event)) continue;
    for (const [index, call] of made.entries()) {
      const isLast = index === made.length - 1;
      const { stage } = event;
      calls.push({
        ...call,
        stage,
        attempt: before.attempt,
        given,
        output: isLast ? output : null,
      });
    }
  }
  if (!state) return null;
  const { userId, request, checkpoints } = state;
  const { photo, user_input, region, model } = request;
  return { userId, request: { photo, user_input, region, model }, calls, checkpoints };
}

/** The model calls that an event records. */
export function callsOf(event: JobEvent): readonly ModelCall[] {
  if (event.type === "completed") return "calls" in event.output ? event.output.calls : [];
  return "calls" in event ? event.calls : [];
}
