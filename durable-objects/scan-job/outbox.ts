import { callAccount } from "../../src/objects.ts";
import { type Effects, effectsOf } from "../../src/pipeline/effects.ts";
import type { GrantMessage } from "../../src/pipeline/messages.ts";
import { log } from "../../src/platform/log.ts";
import type { EventLog } from "./event-log.ts";

/** The effects of a job leave through here, after their events are committed. */
export function outbox(env: Env, events: EventLog) {
  return {
    /**
     * Publishes the effects of all events that are not published yet. False when one of them failed:
     * the watchdog publishes all of them again, so every receiver must be idempotent.
     */
    async publish(): Promise<boolean> {
      const { state } = events;
      if (!state) return true;
      const upTo = state.nextSeq - 1;
      try {
        await publishEffects(env, effectsOf(events.events, events.publishedSeq));
      } catch (error) {
        log("error", "job.effects_not_published", { job: state.jobId, error: String(error) });
        return false;
      }
      // The job may have been erased, or published by another call, in the meantime.
      if (events.state && events.publishedSeq < upTo) events.markPublished(upTo);
      return true;
    },
  };
}

/** Rejects when one of the effects cannot be published. */
async function publishEffects(
  env: Env,
  { webhooks, events, grant, ended }: Effects,
): Promise<void> {
  await Promise.all([
    ...webhooks.map((message) => env.WEBHOOKS.send(message)),
    events && env.SCAN_EVENTS.send(events),
    grant && saveGrant(env, grant),
    ended && endScan(env, ended, grant),
  ]);
}

const saveGrant = (env: Env, grant: GrantMessage) =>
  Promise.all([env.CHARACTER_OWNERSHIP.send(grant), env.USER_CHARACTERS.send(grant)]);

/** Ends the scan in its user's account, and saves the grants that the account still owes. */
async function endScan(
  env: Env,
  { jobId, userId, announced }: NonNullable<Effects["ended"]>,
  saved: GrantMessage | null,
): Promise<void> {
  const owed = await callAccount(env, userId, (account) => account.recordEnd(jobId, announced));
  await Promise.all(owed.filter(({ id }) => id !== saved?.id).map((it) => saveGrant(env, it)));
}
