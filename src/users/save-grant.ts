import type { GrantMessage } from "../pipeline/messages.ts";

/** Saves a granted character in D1, through the queues of its two tables. */
export async function saveGrant(env: Env, grant: GrantMessage): Promise<void> {
  await Promise.all([env.CHARACTER_OWNERSHIP.send(grant), env.USER_CHARACTERS.send(grant)]);
}
