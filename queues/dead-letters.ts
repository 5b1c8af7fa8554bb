import { log } from "../src/platform/log.ts";
import {
  archiveUnreadable,
  recordDeadLetters,
  type UnreadableLetter,
} from "../src/dead-letters/store.ts";
import type { DeadLetter } from "../src/pipeline/dead-letter.ts";
import { StageMessage } from "../src/pipeline/messages.ts";
import { notFound } from "../src/pipeline/refusals.ts";
import type { StageName } from "../src/pipeline/stages/stage-table.ts";
import { callJob } from "../src/objects.ts";
import type { Consumer } from "./consumer.ts";

/** What is to be written of a message before it is acknowledged, if anything. */
type Noted =
  | { kind: "letter"; letter: DeadLetter }
  | { kind: "unreadable"; letter: UnreadableLetter }
  | { kind: "nothing" }
  | { kind: "retry" };

/**
 * Parks the jobs of dead letters, so that each waits with its reason and its client is told, and
 * notes the letters in D1. What nobody can act on is archived as it came.
 */
export function parkDeadLetters(stage: StageName): Consumer {
  return async function consume({ messages }, env) {
    const noted = await Promise.all(messages.map((message) => park(stage, message, env)));
    const written = await write(noted, env);
    for (const [index, message] of messages.entries()) {
      if (written && noted[index]?.kind !== "retry") message.ack();
      else message.retry({ delaySeconds: 2 ** message.attempts });
    }
  };
}

async function park(stage: StageName, message: Message, env: Env): Promise<Noted> {
  const body = StageMessage.safeParse(message.body);
  if (!body.success) {
    const code = "MESSAGE_UNREADABLE";
    log("error", "dead_letter.unreadable", { stage, message: message.id });
    return { kind: "unreadable", letter: unreadable(stage, message, code, body.error.message) };
  }
  const { jobId } = body.data;
  try {
    const letter = await callJob(env, jobId, (job) => job.park(body.data.stage));
    if (letter === notFound) {
      const said = "There is no such job any more.";
      return { kind: "unreadable", letter: unreadable(stage, message, "JOB_GONE", said) };
    }
    const code = letter === "moved-on" ? "MOVED_ON" : letter.code;
    log("warn", "dead_letter", { job: jobId, stage, code });
    return letter === "moved-on" ? { kind: "nothing" } : { kind: "letter", letter };
  } catch (error) {
    log("error", "dead_letter.job_unreachable", { job: jobId, stage, error: String(error) });
    return { kind: "retry" };
  }
}

const unreadable = (
  stage: StageName,
  { id, body }: Message,
  code: string,
  message: string,
): UnreadableLetter => ({ id, stage, code, message, body: JSON.stringify(body) ?? "undefined" });

async function write(noted: readonly Noted[], env: Env): Promise<boolean> {
  try {
    await recordDeadLetters(
      env.DB,
      noted.flatMap((it) => (it.kind === "letter" ? [it.letter] : [])),
    );
    await archiveUnreadable(
      env.DB,
      noted.flatMap((it) => (it.kind === "unreadable" ? [it.letter] : [])),
      Date.now(),
    );
    return true;
  } catch (error) {
    log("error", "dead_letter.not_noted", { error: String(error) });
    return false;
  }
}
