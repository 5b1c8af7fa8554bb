import { callAccount } from "../src/objects.ts";
import type { Effects } from "../src/pipeline/effects.ts";
import type { GrantMessage } from "../src/pipeline/messages.ts";

/** Hands what a job has to tell to its queues and to its user's object. Rejects when any fails. */
export async function tell(env: Env, { webhooks, events, grant, ended }: Effects): Promise<void> {
  await Promise.all([
    ...webhooks.map((message) => env.WEBHOOKS.send(message)),
    events && env.SCAN_EVENTS.send(events),
    grant && save(env, grant),
    ended && settle(env, ended, grant),
  ]);
}

const save = (env: Env, grant: GrantMessage) =>
  Promise.all([env.CHARACTER_OWNERSHIP.send(grant), env.USER_CHARACTERS.send(grant)]);

/** What was announced as new is saved whatever the account says; what else it owes, when it says so. */
async function settle(
  env: Env,
  { jobId, userId, announced }: NonNullable<Effects["ended"]>,
  saved: GrantMessage | null,
): Promise<void> {
  const owed = await callAccount(env, userId, (account) => account.ended(jobId, announced));
  await Promise.all(owed.filter(({ id }) => id !== saved?.id).map((grant) => save(env, grant)));
}
