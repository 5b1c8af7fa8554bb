import { callAccount } from "../src/objects.ts";
import type { Effects } from "../src/pipeline/effects.ts";

/** Hands what a job has to tell to its queues and to its user's object. Rejects when any fails. */
export async function tell(env: Env, { webhooks, events, grant, ended }: Effects): Promise<void> {
  await Promise.all([
    ...webhooks.map((message) => env.WEBHOOKS.send(message)),
    events && env.SCAN_EVENTS.send(events),
    grant && env.CHARACTER_OWNERSHIP.send(grant),
    grant && env.USER_CHARACTERS.send(grant),
    ended &&
      callAccount(env, ended.userId, (account) => account.ended(ended.jobId, ended.announced)),
  ]);
}
