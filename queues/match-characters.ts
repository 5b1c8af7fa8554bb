import { d1Characters } from "../src/characters/d1-characters.ts";
import { markRecovered } from "../src/dead-letters/dead-letter-store.ts";
import { writeDeadLetterId } from "../src/dead-letters/write-queues.ts";
import { callAccount } from "../src/objects.ts";
import { type Backoff, retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { type GrantMessage, MatchMessage } from "../src/pipeline/messages.ts";
import { log } from "../src/platform/log.ts";
import { saveGrant } from "../src/users/save-grant.ts";
import type { Characters } from "../src/ports.ts";
import type { Consumer } from "./consumer.ts";

/** The retries last through an outage of a minute or two. The redrive handles a longer one. */
const backoff: Backoff = { baseMs: 5_000, capMs: 120_000 };

/**
 * Matches the characters of scans that completed while the catalog was not reached, and grants them. Every
 * step may be repeated: the user's account decides once what a scan's run is granted.
 */
export const matchCharacters: Consumer = async ({ messages }, env) => {
  const characters = d1Characters(env.DB);
  await Promise.all(
    messages.map(async (message) => {
      try {
        await grantMatch(env, characters, MatchMessage.parse(message.body));
        await markRecovered(env.DB, await writeDeadLetterId("character-match", message.body));
        message.ack();
      } catch (error) {
        const { id, attempts: delivery } = message;
        log("error", "character.not_matched", { message: id, delivery, error: String(error) });
        message.retry({ delaySeconds: retryDelaySeconds(delivery, backoff) });
      }
    }),
  );
};

async function grantMatch(env: Env, characters: Characters, match: MatchMessage): Promise<void> {
  const { jobId, userId, endedAt, middleCategory } = match;
  const found = await characters.matching(middleCategory);
  const announced = found && grantOf(match, found);
  const grant = await callAccount(env, userId, (it) => it.settleReward(jobId, endedAt, announced));
  if (grant) await saveGrant(env, grant);
}

const grantOf = (
  { jobId, userId, endedAt }: MatchMessage,
  { code, name, type, dialog }: GrantMessage["character"],
): GrantMessage => ({
  id: jobId,
  userId,
  character: { code, name, type, dialog },
  acquiredAt: endedAt,
});
