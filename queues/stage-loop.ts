import { adaptersOf } from "../src/adapters.ts";
import { cachedControl, type Pause, readControl } from "../src/control-client.ts";
import { markRecovered } from "../src/dead-letters/dead-letter-store.ts";
import { longAttempt } from "../src/metrics/attempts-by-minute.ts";
import { type Attempt, recordAttempt } from "../src/metrics/record-attempt.ts";
import { metrics } from "../src/metrics/metrics-buffer.ts";
import { callJob } from "../src/objects.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { deadLetterId } from "../src/pipeline/dead-letter.ts";
import type { StageResult } from "../src/pipeline/decisions/attempts.ts";
import { classify } from "../src/pipeline/errors.ts";
import type { HopInput } from "../src/pipeline/hop-input.ts";
import { leaseOf, renewEveryMs } from "../src/pipeline/lease.ts";
import { StageMessage } from "../src/pipeline/messages.ts";
import { notFound, stale } from "../src/pipeline/refusals.ts";
import {
  hopFrom,
  type Stage,
  stageOf,
  type StageOutput,
} from "../src/pipeline/stages/stage-table.ts";
import { log } from "../src/platform/log.ts";
import { withTimeout } from "../src/platform/timeout.ts";
import type { Consumer } from "./consumer.ts";
import { partialText } from "./partial-text.ts";

/** How long an aborted attempt may take to report the calls that it has paid for, ms. */
const abortedMs = 1_000;
/** The waits until a job that could not be called is called again. */
const jobBackoff = { baseMs: 2_000, capMs: 60_000 };
/** How long a paused stage's message waits before the pause is read again, ms. */
const pausedMs = 60_000;
/**
 * How long the first stage's output, which was paid for, may wait for the stages behind it before it is
 * recorded, ms. A call to another object fits into it; what takes longer runs again.
 */
const trailingMs = 250;

/** One delivery of a stage's message. Its lease names the attempt, so that its calls are idempotent. */
interface Delivery extends StageMessage {
  message: Message;
  lease: string;
  env: Env;
}

/** What the consumer does with the message, and what the attempt's log line holds. */
interface Outcome extends Pick<
  Attempt,
  "outcome" | "code" | "calls" | "attempt" | "category" | "test"
> {
  /** When the queue delivers the message again; without it the message is acknowledged. */
  retryInSeconds?: number;
  /** The stages that ran behind the message's own. */
  trailing?: readonly Trailing[];
}

interface Trailing extends StageResult {
  startedAt: number;
  endedAt: number;
}

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
  const { jobId, message, env } = delivery;
  const at = Math.min(until ?? Infinity, Date.now() + pausedMs);
  try {
    const outcome = await callJob(env, jobId, (job) =>
      job.postpone(stage.name, at, reason, notice),
    );
    return { outcome };
  } catch (error) {
    log("error", "stage.not_postponed", { job: jobId, error: String(error) });
    return unreachable(error, retryDelaySeconds(message.attempts, jobBackoff));
  }
}

async function claimAndRun(stage: Stage, delivery: Delivery): Promise<Outcome> {
  const startedAt = Date.now();
  const outcome = await claim(stage, delivery);
  record(stage, delivery, startedAt, outcome);
  return outcome;
}

async function claim(stage: Stage, delivery: Delivery): Promise<Outcome> {
  const { jobId, lease, message, env } = delivery;
  try {
    const reply = await callJob(env, jobId, (job) => job.claim(stage.name, lease));
    if (reply === notFound) return { outcome: notFound };
    if (reply.verdict === "ack") return { outcome: "duplicate" };
    if (reply.verdict === "parked") return { outcome: "parked" };
    if (reply.verdict === "wait") return { outcome: "early", retryInSeconds: reply.seconds };
    const { attempt, test } = reply;
    return { attempt, test, ...(await runHop(stage, reply.input, delivery)) };
  } catch (error) {
    return unreachable(error, retryDelaySeconds(message.attempts, jobBackoff));
  }
}

/** Runs the stage and those behind it in its hop, and records their outputs or the failure. */
async function runHop(stage: Stage, input: HopInput, delivery: Delivery): Promise<Outcome> {
  const { jobId, lease, env } = delivery;
  const text = partialText((soFar) =>
    callJob(env, jobId, (job) => job.publishText(stage.name, lease, soFar)),
  );
  const run = withTimeout<StageOutput>(
    stage.deadlineMs,
    (signal) => stage.execute(input, adaptersOf(env), signal, text.onText),
    abortedMs,
  );
  const work = longAttempt(env, stage.name);
  const renewal = setInterval(() => {
    work.goesOn();
    void renewLease(stage, delivery, text.take());
  }, renewEveryMs);
  const [settled] = await Promise.allSettled([run]);
  clearInterval(renewal);
  const finalText = text.end();
  try {
    return settled.status === "fulfilled"
      ? await complete(stage, input, settled.value, finalText, delivery)
      : await recordFailure(stage, settled.reason, delivery);
  } catch (error) {
    // The redelivery of this message takes the lease over.
    return unreachable(error, retryDelaySeconds(delivery.message.attempts, jobBackoff));
  } finally {
    work.ends();
  }
}

/** A renewal that fails is left: the next one comes before the lease is over, and holds its text, too. */
async function renewLease(stage: Stage, { jobId, lease, env }: Delivery, textSoFar: string) {
  try {
    await callJob(env, jobId, (job) => job.renew(stage.name, lease, textSoFar));
  } catch (error) {
    log("warn", "lease.not_renewed", { job: jobId, stage: stage.name, error: String(error) });
  }
}

async function complete(
  stage: Stage,
  input: HopInput,
  output: StageOutput,
  finalText: string,
  { jobId, lease, env }: Delivery,
): Promise<Outcome> {
  const trailing = await runTrailing(stage, { ...input, [stage.name]: output }, env);
  const results = trailing.map((it): StageResult => ({ stage: it.stage, output: it.output }));
  const reply = await callJob(env, jobId, (job) =>
    job.complete(lease, [{ stage: stage.name, output }, ...results], finalText),
  );
  const calls = "calls" in output ? output.calls : [];
  if (reply === notFound || reply === stale) return { outcome: reply, calls };
  if (reply.recovered) {
    const stages = [stage.name, ...results.map((it) => it.stage)];
    await Promise.all(stages.map((it) => markRecovered(env.DB, deadLetterId(jobId, it))));
  }
  return { outcome: "recorded", calls, trailing, category: categoryOf(output) };
}

/** The class of a vision stage's output; undefined for any other output. */
function categoryOf(output: StageOutput): string | undefined {
  if (!("classification" in output)) return undefined;
  const { major_category, middle_category } = output.classification;
  return `${major_category}>${middle_category}`;
}

/**
 * Runs the stages behind one as far as they finish in time. One that is paused, slow or fails goes on
 * alone through its own queue, where its attempt records the error.
 */
async function runTrailing(stage: Stage, input: HopInput, env: Env): Promise<Trailing[]> {
  const until = Date.now() + trailingMs;
  const done: Trailing[] = [];
  for (const name of hopFrom(stage.name).slice(1)) {
    const startedAt = Date.now();
    if (cachedControl(env).pauseOf(name)) break;
    const known = { ...input, ...Object.fromEntries(done.map((it) => [it.stage, it.output])) };
    const run = withTimeout<StageOutput>(until - startedAt, (signal) =>
      stageOf(name).execute(known, adaptersOf(env), signal),
    );
    const [settled] = await Promise.allSettled([run]);
    if (settled.status === "rejected") break;
    done.push({ stage: name, output: settled.value, startedAt, endedAt: Date.now() });
  }
  return done;
}

/** Records why the attempt failed, and treats the message as the job decides. */
async function recordFailure(
  stage: Stage,
  error: unknown,
  { jobId, lease, env }: Delivery,
): Promise<Outcome> {
  const classified = classify(error);
  const { failure } = classified;
  const calls = [...classified.calls];
  const attempt = { code: failure.code, calls };
  if (classified.kind === "permanent") {
    const reply = await callJob(env, jobId, (job) => job.fail(stage.name, lease, failure, calls));
    return { ...attempt, outcome: reply === "recorded" ? "failed" : reply };
  }
  const { retryAfterMs, countsAsAttempt, provider } = classified;
  const reply = await callJob(env, jobId, (job) =>
    job.retry(stage.name, lease, failure, { retryAfterMs, countsAsAttempt, provider, calls }),
  );
  if (reply === notFound || reply === stale) return { ...attempt, outcome: reply };
  return reply.verdict === "retry"
    ? { ...attempt, outcome: "retrying", retryInSeconds: reply.seconds }
    : { ...attempt, outcome: reply.verdict };
}

/** The job could not be called: the queue delivers the message again. */
const unreachable = (error: unknown, retryInSeconds: number): Outcome => ({
  outcome: "job_unreachable",
  code: classify(error).failure.code,
  retryInSeconds,
});

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
