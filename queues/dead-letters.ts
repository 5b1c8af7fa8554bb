import { log } from "../src/log.ts";
import { StageMessage } from "../src/pipeline/messages.ts";
import { callJob } from "../src/scan-jobs.ts";

/** Parks the jobs of dead letters, so that each waits with its reason and its client is told. */
export async function parkDeadLetters({ queue, messages }: MessageBatch, env: Env): Promise<void> {
  await Promise.all(messages.map((message) => parkDeadLetter(queue, message, env)));
}

async function parkDeadLetter(queue: string, message: Message, env: Env): Promise<void> {
  const body = StageMessage.safeParse(message.body);
  if (!body.success) {
    log("error", "dead_letter.unreadable", { queue, body: JSON.stringify(message.body) });
    message.ack();
    return;
  }
  const { jobId, stage } = body.data;
  try {
    const outcome = await callJob(env, jobId, (job) => job.park(stage));
    log("warn", "dead_letter", { job: jobId, stage, outcome });
    message.ack();
  } catch (error) {
    log("error", "dead_letter.job_unreachable", { job: jobId, stage, error: String(error) });
    message.retry({ delaySeconds: 2 ** message.attempts });
  }
}
