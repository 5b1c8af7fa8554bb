import { adaptersOf } from "../src/adapters.ts";
import { markRecovered } from "../src/dead-letters/dead-letter-store.ts";
import { longAttempt } from "../src/metrics/attempts-by-minute.ts";
import { callJob } from "../src/objects.ts";
import { deadLetterId } from "../src/pipeline/dead-letter.ts";
import type { StageResult } from "../src/pipeline/decisions/attempts.ts";
import { classify } from "../src/pipeline/errors.ts";
import type { HopInput } from "../src/pipeline/hop-input.ts";
import { renewEveryMs } from "../src/pipeline/lease.ts";
import { notFound, stale } from "../src/pipeline/refusals.ts";
import type { Stage, StageOutput } from "../src/pipeline/stages/stage-table.ts";
import { log } from "../src/platform/log.ts";
import { withTimeout } from "../src/platform/timeout.ts";
import { type Delivery, type Outcome, unreachable } from "./delivery.ts";
import { partialText } from "./partial-text.ts";
import { runTrailing } from "./run-trailing.ts";

/** How long an aborted attempt may take to report the calls that it has paid for, ms. */
const abortedMs = 1_000;

/** Runs the stage and those behind it in its hop, and records their outputs or the failure. */
export async function runHop(stage: Stage, input: HopInput, delivery: Delivery): Promise<Outcome> {
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
    return unreachable(error, delivery);
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
