import {
  type PoisonMessage,
  recordPoisonMessages,
  recordStageDeadLetters,
} from "../src/dead-letters/record-dead-letters.ts";
import { callJob } from "../src/objects.ts";
import type { DeadLetter } from "../src/pipeline/dead-letter.ts";
import { StageMessage } from "../src/pipeline/messages.ts";
import { notFound } from "../src/pipeline/refusals.ts";
import type { StageName } from "../src/pipeline/stages/stage-table.ts";
import { log } from "../src/platform/log.ts";
import type { Consumer } from "./consumer.ts";

/** What is to be recorded of a message before it is acknowledged. */
interface Parked {
  deadLetter?: DeadLetter;
  poison?: PoisonMessage;
}

/**
 * Consumes a stage's dead-letter queue: parks each job with its reason, and records its dead letter in D1.
 * A message that nobody can act on is archived as it arrived.
 */
export function parkJobs(stage: StageName): Consumer {
  return async function consume({ messages }, env) {
    const parked = await Promise.all(messages.map((message) => park(stage, message, env)));
    const recorded = await record(parked, env);
    for (const [index, message] of messages.entries()) {
      if (recorded && parked[index]) message.ack();
      else message.retry({ delaySeconds: 2 ** message.attempts });
    }
  };
}

/** Null when the job cannot be reached: the message is retried. */
async function park(stage: StageName, message: Message, env: Env): Promise<Parked | null> {
  const poison = { id: message.id, kind: "stage", source: stage, body: message.body } as const;
  const body = StageMessage.safeParse(message.body);
  if (!body.success) {
    log("error", "dead_letter.unreadable", { stage, message: message.id });
    const reason = body.error.message;
    return { poison: { ...poison, code: "MESSAGE_UNREADABLE", reason } };
  }
  const { jobId, redrives } = body.data;
  try {
    const deadLetter = await callJob(env, jobId, (job) => job.park(body.data.stage, redrives));
    if (deadLetter === notFound) {
      const reason = "The job does not exist any more.";
      return { poison: { ...poison, code: "JOB_NOT_FOUND", reason } };
    }
    const isParked = deadLetter !== "moved-on";
    const code = isParked ? deadLetter.code : "MOVED_ON";
    log("warn", "dead_letter.recorded", { kind: "stage", job: jobId, stage, code });
    return isParked ? { deadLetter } : {};
  } catch (error) {
    log("error", "dead_letter.job_unreachable", { job: jobId, stage, error: String(error) });
    return null;
  }
}

async function record(parked: readonly (Parked | null)[], { DB }: Env): Promise<boolean> {
  try {
    await recordStageDeadLetters(
      DB,
      parked.flatMap((it) => it?.deadLetter ?? []),
    );
    await recordPoisonMessages(
      DB,
      parked.flatMap((it) => it?.poison ?? []),
      Date.now(),
    );
    return true;
  } catch (error) {
    log("error", "dead_letter.not_recorded", { error: String(error) });
    return false;
  }
}
