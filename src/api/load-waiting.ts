import type { JobState } from "../pipeline/job.ts";
import { isTerminal } from "../pipeline/job.ts";
import { type Backlog, waitingOf } from "../pipeline/waiting.ts";
import { readControl } from "../control-client.ts";
import { log } from "../platform/log.ts";
import { queueOfJob } from "../stage-queues.ts";

/** Why a scan waits, with its backlog and its pause; null while it does not wait. */
export async function explainWaiting(env: Env, state: JobState) {
  if (isTerminal(state)) return null;
  const [control, backlog] = await Promise.all([readControl(env), backlogOf(env, state)]);
  return waitingOf(state, { pause: control.pauseOf(state.stage), backlog }, Date.now());
}

async function backlogOf(env: Env, state: JobState): Promise<Backlog | null> {
  try {
    const { backlogCount, oldestMessageTimestamp } = await queueOfJob(env, state).metrics();
    return { messages: backlogCount, oldestAt: oldestMessageTimestamp?.getTime() ?? null };
  } catch (error) {
    log("warn", "queue.metrics_not_read", { stage: state.stage, error: String(error) });
    return null;
  }
}
