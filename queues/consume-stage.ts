import { deploymentOf } from "../src/deployment.ts";
import { log } from "../src/log.ts";
import { type Attempt, tellAttempt } from "../src/metrics/attempt.ts";
import { metrics } from "../src/metrics/ledger.ts";
import { markRecovered } from "../src/operations/dead-letters.ts";
import { knownControl, type Pause, readControl } from "../src/pipeline-control.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import type { Ahead } from "../src/pipeline/decisions/index.ts";
import { deadLetterId } from "../src/pipeline/dead-letter.ts";
import { classify } from "../src/pipeline/errors.ts";
import type { StageInput } from "../src/pipeline/job.ts";
import type { ModelCall } from "../src/pipeline/model-call.ts";
import { StageMessage } from "../src/pipeline/messages.ts";
import {
  nextStage,
  type Stage,
  type StageName,
  stageOf,
  type StageOutput,
} from "../src/pipeline/stages/index.ts";
import { callJob } from "../src/objects.ts";
import type { Consumer } from "./consumers.ts";
import { withinDeadline } from "./deadline.ts";
import { textRelay } from "./text-relay.ts";

/** What becomes of a message, and what the log says of the attempt. */
interface Outcome {
  settle: "ack" | "retry";
  seconds?: number;
  outcome: string;
  code?: string | undefined;
  /** The model calls that the attempt has made. */
  calls?: readonly ModelCall[];
  /** The stage that was run together with it, and since when, Unix ms. */
  ahead?: { stage: StageName; startedAt: number } | undefined;
  /** The stage that is to follow in the same place. */
  next?: Next;
}

/** A stage that is the caller's to run, and which of its attempts that is. */
interface Next {
  stage: StageName;
  attempt: number;
  input: StageInput;
}

const ack = (outcome: string, code?: string): Outcome => ({ settle: "ack", outcome, code });
const retry = (outcome: string, seconds: number, code?: string): Outcome => ({
  settle: "retry",
  seconds,
  outcome,
  code,
});

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

/** The run of one message. Its lease names it, so that its calls to the job can be repeated. */
interface Run extends StageMessage {
  lease: string;
  env: Env;
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

const unreachable = (error: unknown, seconds: number): Outcome =>
  retry("job_unreachable", seconds, classify(error).failure.code);

async function runStage(stage: Stage, input: StageInput, run: Run): Promise<Outcome> {
  try {
    return await attempt(stage, input, run);
  } catch (error) {
    // The job holds a lease for us, which has to run out before the next claim.
    return unreachable(error, stage.leaseMs / 1000);
  }
}

async function attempt(stage: Stage, input: StageInput, run: Run): Promise<Outcome> {
  const { jobId, lease, env } = run;
  const text = textRelay((textSoFar) =>
    callJob(env, jobId, (job) => job.say(stage.name, lease, textSoFar)),
  );
  let output: StageOutput;
  try {
    output = await withinDeadline<StageOutput>(stage.deadlineMs, (signal) =>
      stage.execute(input, deploymentOf(env), signal, text.onText),
    );
  } catch (error) {
    return giveUp(stage, error, run);
  }
  // Whoever put the text together from its parts has all of it before the stage is said to be done.
  await text.flush();
  const following = nextStage(stage.name);
  const goOn = following !== null && !knownControl(env).pauseOf(following);
  const wentOnAt = Date.now();
  const known = { ...input, [stage.name]: output };
  const ahead = goOn ? await runAhead(stageOf(following), known, env) : undefined;
  const reply = await callJob(env, jobId, (job) =>
    job.complete(stage.name, lease, output, goOn, ahead),
  );
  if (reply.recovered) await markRecovered(env.DB, deadLetterId(jobId, stage.name));
  const calls = "calls" in output ? output.calls : [];
  return reply.verdict === "run"
    ? // It was begun by what completed the stage before: no attempt was made of it yet.
      { ...ack("recorded"), calls, next: { stage: reply.stage, attempt: 1, input: reply.input } }
    : { ...ack(reply.verdict), calls, ahead: ahead && { stage: ahead.stage, startedAt: wentOnAt } };
}

/** How long what was paid for may wait for the stage after it, before it is recorded alone, ms. */
const aheadMs = 20;

/**
 * Runs a stage that needs no queue together with the one before it, so that both are recorded at once.
 * One that is slow or fails is run again as an attempt of its own, which tells why.
 */
async function runAhead(stage: Stage, known: StageInput, env: Env): Promise<Ahead | undefined> {
  if (!stage.inline) return undefined;
  try {
    const output = await withinDeadline<StageOutput>(aheadMs, (signal) =>
      stage.execute(known, deploymentOf(env), signal),
    );
    return { stage: stage.name, output };
  } catch {
    return undefined;
  }
}

/** Tells the job why the attempt failed, and does with the message what the job decides. */
async function giveUp(
  { name }: Stage,
  error: unknown,
  { jobId, lease, env }: Run,
): Promise<Outcome> {
  const classified = classify(error);
  const { failure, calls } = classified;
  if (classified.kind === "permanent") {
    await callJob(env, jobId, (job) => job.fail(name, lease, failure, { calls }));
    return { ...ack("failed", failure.code), calls };
  }
  const reply = await callJob(env, jobId, (job) =>
    job.retrying(name, lease, failure, { calls, retryAfterMs: classified.retryAfterMs }),
  );
  if (reply.verdict === "retry") {
    return { ...retry("retrying", reply.seconds, failure.code), calls };
  }
  return reply.verdict === "dead"
    ? { ...retry("dead", 0, failure.code), calls }
    : { ...ack(reply.verdict, failure.code), calls };
}
