import { log } from "../src/platform/log.ts";
import { type Attempt, tellAttempt } from "../src/metrics/attempt.ts";
import { metrics } from "../src/metrics/ledger.ts";
import { callJob } from "../src/objects.ts";
import { type Pause, readControl } from "../src/pipeline-control.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { StageMessage } from "../src/pipeline/messages.ts";
import { type Stage, stageOf } from "../src/pipeline/stages/stage-table.ts";
import type { Consumer } from "./consumers.ts";
import { ack, type Outcome, retry, type Run, runStage, unreachable } from "./run-stage.ts";

/** The one loop that moves scans: claim, run, complete, and only then acknowledge. */
export function consumeStage(stage: Stage): Consumer {
  return async function consume({ messages }, env) {
    const pause = (await readControl(env)).pauseOf(stage.name);
    await Promise.all(
      messages.map((message) =>
        pause ? postpone(stage, pause, message, env) : consumeMessage(stage, message, env),
      ),
    );
    await metrics.flush(env.DB);
  };
}

/** A paused stage looks again after so long, ms. */
const pausedMs = 60_000;

/** The job sends its message again later, so that waiting uses up none of the queue's retries. */
async function postpone(stage: Stage, { until, reason }: Pause, message: Message, env: Env) {
  const body = StageMessage.safeParse(message.body);
  if (!body.success) return message.retry();
  const at = Math.min(until ?? Infinity, Date.now() + pausedMs);
  try {
    await callJob(env, body.data.jobId, (job) => job.postpone(stage.name, at, reason));
    message.ack();
  } catch (error) {
    log("error", "stage.not_postponed", { job: body.data.jobId, error: String(error) });
    message.retry({ delaySeconds: retryDelaySeconds(message.attempts, stage.backoff) });
  }
}

async function consumeMessage(stage: Stage, message: Message, env: Env): Promise<void> {
  const body = StageMessage.safeParse(message.body);
  const { settle, seconds } = body.success
    ? await begin(stage, message, { ...body.data, lease: crypto.randomUUID(), env })
    : unreadable(stage, message);
  if (settle === "ack") message.ack();
  else message.retry({ delaySeconds: seconds ?? 0 });
}

/** What nobody can read is not repaired by reading it again: the platform takes it to the dead letters. */
function unreadable({ name: stage }: Stage, { id, attempts: delivery }: Message): Outcome {
  log("error", "stage.unreadable", { stage, message: id, delivery });
  return retry("unreadable", 0);
}

/** Claims the stage of a message, and runs it and what follows in the same place. */
async function begin(stage: Stage, message: Message, run: Run): Promise<Outcome> {
  const startedAt = Date.now();
  const queued = {
    delivery: message.attempts,
    waitMs: startedAt - message.timestamp.getTime(),
  };
  let outcome = await claim(stage, message.attempts, run);
  const attempt = outcome.next?.attempt;
  if (outcome.next) outcome = await runStage(stage, outcome.next.input, run);
  tell(stage, run, startedAt, outcome, { attempt, queued });
  while (outcome.next) {
    const following = stageOf(outcome.next.stage);
    const { attempt } = outcome.next;
    const followedAt = Date.now();
    outcome = await runStage(following, outcome.next.input, run);
    tell(following, run, followedAt, outcome, { attempt });
  }
  return outcome;
}

/** One line a stage's attempt, and its share of the metrics. */
function tell(
  { name: stage }: Stage,
  run: Run,
  startedAt: number,
  { outcome, code, seconds: retryInSeconds, calls, ahead }: Outcome,
  known: Pick<Attempt, "attempt" | "queued">,
) {
  const { jobId: job, traceparent, env } = run;
  const latencyMs = (ahead?.startedAt ?? Date.now()) - startedAt;
  const made = { job, stage, traceparent, outcome, code, retryInSeconds, latencyMs, calls };
  tellAttempt(env, { ...made, ...known });
  if (ahead) tell(stageOf(ahead.stage), run, ahead.startedAt, ack(outcome), { attempt: 1 });
}

async function claim(stage: Stage, delivery: number, { jobId, lease, env }: Run): Promise<Outcome> {
  try {
    const reply = await callJob(env, jobId, (job) => job.claim(stage.name, lease));
    if (reply.verdict === "ack") return ack("duplicate");
    if (reply.verdict === "dead") return retry("dead", 0);
    if (reply.verdict === "wait") return retry("early", reply.seconds);
    const { attempt, input } = reply;
    return { ...ack("claimed"), next: { stage: stage.name, attempt, input } };
  } catch (error) {
    return unreachable(error, retryDelaySeconds(delivery, stage.backoff));
  }
}
