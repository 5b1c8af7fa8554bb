import { type Pause, readControl } from "../src/control-client.ts";
import { metrics } from "../src/metrics/metrics-buffer.ts";
import { recordAttempt } from "../src/metrics/record-attempt.ts";
import { callJob } from "../src/objects.ts";
import { leaseOf } from "../src/pipeline/lease.ts";
import { StageMessage } from "../src/pipeline/messages.ts";
import { notFound } from "../src/pipeline/refusals.ts";
import type { Stage } from "../src/pipeline/stages/stage-table.ts";
import { log } from "../src/platform/log.ts";
import type { Consumer } from "./consumer.ts";
import { type Delivery, type Outcome, unreachable } from "./delivery.ts";
import { runHop } from "./run-hop.ts";

/** How long a paused stage's message waits before the pause is read again, ms. */
const pausedMs = 60_000;

/** The consumer of a stage's queues: parse, claim, run the hop, complete, acknowledge. */
export function stageConsumer(stage: Stage): Consumer {
  return async function consume({ messages }, env) {
    const pause = (await readControl(env)).pauseOf(stage.name);
    await Promise.all(messages.map((message) => consumeMessage(stage, message, pause, env)));
    await metrics.flush(env.DB);
  };
}

async function consumeMessage(stage: Stage, message: Message, pause: Pause | null, env: Env) {
  const body = StageMessage.safeParse(message.body);
  if (!body.success) {
    // Another delivery cannot help: the platform moves it to the dead-letter queue.
    const { id, attempts: delivery } = message;
    log("error", "stage.unreadable", { stage: stage.name, message: id, delivery });
    return message.retry({ delaySeconds: 0 });
  }
  const delivery = { ...body.data, message, lease: leaseOf(message.id, message.attempts), env };
  const { retryInSeconds } = pause
    ? await postpone(stage, pause, delivery)
    : await claimAndRun(stage, delivery);
  if (retryInSeconds === undefined) message.ack();
  else message.retry({ delaySeconds: retryInSeconds });
}

/** The job sends its message again later, so that the wait uses up none of the queue's retries. */
async function postpone(stage: Stage, pause: Pause, delivery: Delivery) {
  const { until, reason, notice = null } = pause;
  const { jobId, env } = delivery;
  const at = Math.min(until ?? Infinity, Date.now() + pausedMs);
  try {
    const outcome = await callJob(env, jobId, (job) =>
      job.postpone(stage.name, at, reason, notice),
    );
    return { outcome };
  } catch (error) {
    log("error", "stage.not_postponed", { job: jobId, error: String(error) });
    return unreachable(error, delivery);
  }
}

async function claimAndRun(stage: Stage, delivery: Delivery): Promise<Outcome> {
  const startedAt = Date.now();
  const outcome = await claim(stage, delivery);
  record(stage, delivery, startedAt, outcome);
  return outcome;
}

async function claim(stage: Stage, delivery: Delivery): Promise<Outcome> {
  const { jobId, lease, env } = delivery;
  try {
    const reply = await callJob(env, jobId, (job) => job.claim(stage.name, lease));
    if (reply === notFound) return { outcome: notFound };
    if (reply.verdict === "ack") return { outcome: "duplicate" };
    if (reply.verdict === "parked") return { outcome: "parked" };
    if (reply.verdict === "wait") return { outcome: "early", retryInSeconds: reply.seconds };
    const { attempt, test } = reply;
    return { attempt, test, ...(await runHop(stage, reply.input, delivery)) };
  } catch (error) {
    return unreachable(error, delivery);
  }
}

function record(
  { name: stage }: Stage,
  { jobId: job, traceparent, redrives, message, env }: Delivery,
  startedAt: number,
  { trailing = [], ...outcome }: Outcome,
) {
  recordAttempt(env, {
    job,
    traceparent,
    redrives,
    stage,
    queued: { delivery: message.attempts, waitMs: startedAt - message.timestamp.getTime() },
    latencyMs: (trailing[0]?.startedAt ?? Date.now()) - startedAt,
    ...outcome,
    trailing: trailing.map((it) => ({ stage: it.stage, latencyMs: it.endedAt - it.startedAt })),
  });
}
