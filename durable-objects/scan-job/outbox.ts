import { callAccount } from "../../src/objects.ts";
import { atOnce, type Decision } from "../../src/pipeline/decisions/decision.ts";
import {
  type Effects,
  effectsOf,
  type RunEnd,
  stageMessageOf,
} from "../../src/pipeline/effects.ts";
import type { StageMessage } from "../../src/pipeline/messages.ts";
import { deadLetterQueueBinding } from "../../src/pipeline/stages/stage-table.ts";
import { log } from "../../src/platform/log.ts";
import { queueOfJob } from "../../src/stage-queues.ts";
import { saveGrant } from "../../src/users/save-grant.ts";
import { sendPushes } from "../../src/web-push/push-messages.ts";
import type { EventLog } from "./event-log.ts";

/** A job's messages and effects leave through here, after their events are committed. */
export function outbox(env: Env, events: EventLog) {
  /** Sends the message of the current stage, or its dead letter. */
  async function dispatch(order: NonNullable<Decision<unknown>["dispatch"]>) {
    if (!events.state) return;
    const message = stageMessageOf(events.state);
    if (order === "dead-letter") await sendDeadLetter(env, message);
    else await queueOfJob(env, events.state).send(message, order);
  }

  /** Sends the first message. When it is lost, the watchdog sends it again. */
  async function dispatchFirst() {
    try {
      await dispatch(atOnce);
    } catch (error) {
      log("error", "job.dispatch_failed", { job: events.state?.jobId, error: String(error) });
    }
  }

  /**
   * Publishes the effects of the events after a seq; without one, of those that are not published yet.
   * False when one of them failed: the watchdog publishes all of them again, so every receiver must be
   * idempotent.
   */
  async function publish(after = events.publishedSeq): Promise<boolean> {
    const { state, events: happened } = events;
    if (!state) return true;
    const upTo = state.nextSeq - 1;
    try {
      await publishEffects(env, effectsOf(happened, after));
    } catch (error) {
      log("error", "job.effects_not_published", { job: state.jobId, error: String(error) });
      return false;
    }
    // The job may have been erased, submitted anew, or published by another call, in the meantime.
    if (events.events === happened && events.publishedSeq < upTo) events.markPublished(upTo);
    return true;
  }

  return { dispatch, dispatchFirst, publish };
}

/** Rejects when one of the effects cannot be published. */
export async function publishEffects(
  env: Env,
  { deadLetter, webhooks, events, ends, continued }: Effects,
): Promise<void> {
  await Promise.all([
    deadLetter && sendDeadLetter(env, deadLetter),
    ...webhooks.map((message) => env.WEBHOOKS.send(message)),
    events && env.SCAN_EVENTS.send(events),
    ...ends.map((end) => endScan(env, end)),
  ]);
  if (!continued) return;
  await callAccount(env, continued.userId, (account) => account.recordContinued(continued.jobId));
}

const sendDeadLetter = (env: Env, message: StageMessage) =>
  env[deadLetterQueueBinding(message.stage)].send(message);

/** Ends the scan in its user's account, saves the character that it was granted there, and notifies who waits for it. */
async function endScan(env: Env, end: RunEnd): Promise<void> {
  const { userId, entry, announced, match, wordsOnly } = end;
  const grant = await callAccount(env, userId, (it) => it.recordEnd(entry, announced, wordsOnly));
  if (grant) await saveGrant(env, grant);
  const { jobId, endedAt } = entry;
  if (end.wasParked) await sendPushes(env, { userId, jobId, endedAt });
  if (!match) return;
  if (await callAccount(env, userId, (it) => it.awaitReward(jobId, endedAt, wordsOnly))) {
    await env.CHARACTER_MATCH.send(match);
  }
}
