import { deploymentOf } from "../src/deployment.ts";
import { log } from "../src/log.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { classify } from "../src/pipeline/errors.ts";
import type { StageInput } from "../src/pipeline/job.ts";
import { StageMessage } from "../src/pipeline/messages.ts";
import type { Stage, StageOutput } from "../src/pipeline/stages/index.ts";
import { callJob } from "../src/scan-jobs.ts";
import type { Consumer } from "./consumers.ts";
import { withinDeadline } from "./deadline.ts";

/** What becomes of a message, and what the log says of the attempt. */
type Outcome = { settle: "ack" | "retry"; seconds?: number; outcome: string; code?: string };

const ack = (outcome: string, code?: string): Outcome => ({
  settle: "ack",
  outcome,
  ...(code && { code }),
});
const retry = (outcome: string, seconds: number, code?: string): Outcome => ({
  settle: "retry",
  seconds,
  outcome,
  ...(code && { code }),
});

/** The one loop that moves scans: claim, run, complete, and only then acknowledge. */
export function consumeStage(stage: Stage): Consumer {
  return async function consume({ messages }, env) {
    await Promise.all(messages.map((message) => consumeMessage(stage, message, env)));
  };
}

async function consumeMessage(stage: Stage, message: Message, env: Env): Promise<void> {
  const startedAt = Date.now();
  const body = StageMessage.safeParse(message.body);
  // What nobody can read is not repaired by reading it again: the platform takes it to the dead letters.
  const { settle, seconds, ...said } = body.success
    ? await attempt(stage, body.data, message, env)
    : retry("unreadable", 0);
  if (settle === "ack") message.ack();
  else message.retry({ delaySeconds: seconds ?? 0 });
  log("info", "stage.attempt", {
    job: body.data?.jobId,
    stage: stage.name,
    ...said,
    delivery: message.attempts,
    queue_wait_ms: startedAt - message.timestamp.getTime(),
    latency_ms: Date.now() - startedAt,
    traceparent: body.data?.traceparent,
  });
}

async function attempt(
  stage: Stage,
  { jobId }: StageMessage,
  message: Message,
  env: Env,
): Promise<Outcome> {
  let waitSeconds = retryDelaySeconds(message.attempts, stage.backoff);
  try {
    const claimed = await callJob(env, jobId, (job) => job.claim(stage.name));
    if (claimed.verdict === "ack") return ack("duplicate");
    if (claimed.verdict === "dead") return retry("dead", 0);
    if (claimed.verdict === "wait") return retry("early", claimed.seconds);
    // From here on the job holds a lease for us, which has to run out before the next claim.
    waitSeconds = stage.leaseMs / 1000;
    return await run(stage, jobId, claimed.lease, claimed.input, env);
  } catch (error) {
    return retry("job_unreachable", waitSeconds, classify(error).failure.code);
  }
}

async function run(
  stage: Stage,
  jobId: string,
  lease: number,
  input: StageInput,
  env: Env,
): Promise<Outcome> {
  let output: StageOutput;
  try {
    output = await withinDeadline<StageOutput>(stage.deadlineMs, (signal) =>
      stage.execute(input, deploymentOf(env), signal),
    );
  } catch (error) {
    return giveUp(stage, jobId, lease, error, env);
  }
  return ack(await callJob(env, jobId, (job) => job.complete(stage.name, lease, output)));
}

/** Tells the job why the attempt failed, and does with the message what the job decides. */
async function giveUp(
  stage: Stage,
  jobId: string,
  lease: number,
  error: unknown,
  env: Env,
): Promise<Outcome> {
  const classified = classify(error);
  const { failure } = classified;
  if (classified.kind === "permanent") {
    await callJob(env, jobId, (job) => job.fail(stage.name, lease, failure));
    return ack("failed", failure.code);
  }
  const reply = await callJob(env, jobId, (job) =>
    job.retrying(stage.name, lease, failure, classified.retryAfterMs),
  );
  if (reply.verdict === "stale") return ack("stale", failure.code);
  if (reply.verdict === "dead") return retry("dead", 0, failure.code);
  return retry("retrying", reply.seconds, failure.code);
}
