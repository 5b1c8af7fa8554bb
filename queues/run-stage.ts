import { adaptersOf } from "../src/adapters.ts";
import { callJob } from "../src/objects.ts";
import { markRecovered } from "../src/dead-letters/store.ts";
import { knownControl } from "../src/pipeline-control.ts";
import { deadLetterId } from "../src/pipeline/dead-letter.ts";
import type { Ahead } from "../src/pipeline/decisions/index.ts";
import { classify } from "../src/pipeline/errors.ts";
import type { StageInput } from "../src/pipeline/stage-input.ts";
import type { StageMessage } from "../src/pipeline/messages.ts";
import type { ModelCall } from "../src/pipeline/model-call.ts";
import {
  nextStage,
  type Stage,
  type StageName,
  stageOf,
  type StageOutput,
} from "../src/pipeline/stages/stage-table.ts";
import { withTimeout } from "../src/platform/timeout.ts";
import { textRelay } from "./text-relay.ts";

/** What becomes of a message, and what the log says of the attempt. */
export interface Outcome {
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

export const ack = (outcome: string, code?: string): Outcome => ({ settle: "ack", outcome, code });
export const retry = (outcome: string, seconds: number, code?: string): Outcome => ({
  settle: "retry",
  seconds,
  outcome,
  code,
});

/** The run of one message. Its lease names it, so that its calls to the job can be repeated. */
export interface Run extends StageMessage {
  lease: string;
  env: Env;
}

/** The job could not be called: the message comes again. */
export const unreachable = (error: unknown, seconds: number): Outcome =>
  retry("job_unreachable", seconds, classify(error).failure.code);

/** Runs a stage that was claimed, and has the job record what comes of it. */
export async function runStage(stage: Stage, input: StageInput, run: Run): Promise<Outcome> {
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
    output = await withTimeout<StageOutput>(stage.deadlineMs, (signal) =>
      stage.execute(input, adaptersOf(env), signal, text.onText),
    );
  } catch (error) {
    return giveUp(stage, error, run);
  }
  const said = text.end();
  const following = nextStage(stage.name);
  const goOn = following !== null && !knownControl(env).pauseOf(following);
  const wentOnAt = Date.now();
  const known = { ...input, [stage.name]: output };
  const ahead = goOn ? await runAhead(stageOf(following), known, env) : undefined;
  const reply = await callJob(env, jobId, (job) =>
    job.complete(stage.name, lease, output, { goOn, ahead, said }),
  );
  if (reply.recovered) {
    const done = [stage.name, ...(ahead ? [ahead.stage] : [])];
    await Promise.all(done.map((name) => markRecovered(env.DB, deadLetterId(jobId, name))));
  }
  const calls = "calls" in output ? output.calls : [];
  return reply.verdict === "run"
    ? // It was begun by what completed the stage before: no attempt was made of it yet.
      { ...ack("recorded"), calls, next: { stage: reply.stage, attempt: 1, input: reply.input } }
    : { ...ack(reply.verdict), calls, ahead: ahead && { stage: ahead.stage, startedAt: wentOnAt } };
}

/**
 * How long what was paid for may wait for the stage after it, before it is recorded alone, ms. A call to
 * another object is in it, and what takes longer is done twice.
 */
const aheadMs = 250;

/**
 * Runs a stage that needs no queue together with the one before it, so that both are recorded at once.
 * One that is slow or fails is run again as an attempt of its own, which tells why.
 */
async function runAhead(stage: Stage, known: StageInput, env: Env): Promise<Ahead | undefined> {
  if (!stage.inline) return undefined;
  try {
    const output = await withTimeout<StageOutput>(aheadMs, (signal) =>
      stage.execute(known, adaptersOf(env), signal),
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
