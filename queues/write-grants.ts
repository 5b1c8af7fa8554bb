import { notErased } from "../src/erasure/erased-users.ts";
import { log } from "../src/platform/log.ts";
import { type Backoff, retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { GrantMessage } from "../src/pipeline/messages.ts";
import { sha256 } from "../src/platform/sha256.ts";
import { splitBatch } from "../src/platform/guarded-batch.ts";
import { type Fragment, fragment, raw, sql } from "../src/platform/sql.ts";
import type { Consumer } from "./consumer.ts";

/** The retries last through an outage of a minute or two. The redrive handles a longer one. */
const backoff: Backoff = { baseMs: 5_000, capMs: 120_000 };

const earlier = raw("(excluded.acquired_at, excluded.id) < (acquired_at, id)");
const later = raw(
  "(excluded.given_at, excluded.name, excluded.type, excluded.dialog) > (given_at, name, type, dialog)",
);

/**
 * The statement of each queue. It checks that the user is not erased, so that no row is written after an
 * erasure.
 */
const writes = {
  "character-ownership": ({ id, userId, character, acquiredAt }: GrantMessage, present: Fragment) =>
    fragment`
      INSERT INTO character_ownerships (id, user_id, character_code, acquired_at)
      SELECT ${id}, ${userId}, ${character.code}, ${acquiredAt} WHERE ${present}
      ON CONFLICT DO NOTHING`,
  // The order of grants does not matter: the earliest sets the time of acquisition, the latest the texts.
  "user-characters": ({ id, userId, character, acquiredAt }: GrantMessage, present: Fragment) =>
    fragment`
      INSERT INTO user_characters (id, user_id, code, name, type, dialog, acquired_at, given_at)
      SELECT ${id}, ${userId}, ${character.code}, ${character.name}, ${character.type},
        ${character.dialog}, ${acquiredAt}, ${acquiredAt} WHERE ${present}
      ON CONFLICT DO UPDATE SET
        id = iif(${earlier}, excluded.id, id),
        acquired_at = min(excluded.acquired_at, acquired_at),
        name = iif(${later}, excluded.name, name),
        type = iif(${later}, excluded.type, type),
        dialog = iif(${later}, excluded.dialog, dialog),
        given_at = max(excluded.given_at, given_at)
      WHERE ${earlier} OR ${later}`,
};

interface GrantWrite {
  message: Message;
  statement: D1PreparedStatement;
}

/**
 * Writes the grants of a batch in one transaction, then acknowledges their messages. When the database
 * refuses a row, only that row's message is retried.
 */
export function writeGrants(queue: keyof typeof writes): Consumer {
  return async function writeBatch({ messages }, env) {
    const read = await Promise.all(messages.map((message) => prepare(queue, message, env.DB)));
    const grants = read.filter((it) => it !== null);
    if (grants.length === 0) return;
    await splitBatch(
      grants,
      async (some) => {
        await env.DB.batch(some.map(({ statement }) => statement));
        for (const { message } of some) message.ack();
      },
      (failed, error) => {
        log("error", "grants.not_written", {
          queue,
          messages: failed.length,
          error: String(error),
        });
        for (const { message } of failed) {
          message.retry({ delaySeconds: retryDelaySeconds(message.attempts, backoff) });
        }
      },
    );
  };
}

/** Null for a message that does not parse. It is retried until it becomes a dead letter. */
async function prepare(
  queue: keyof typeof writes,
  message: Message,
  db: D1Database,
): Promise<GrantWrite | null> {
  const grant = GrantMessage.safeParse(message.body);
  if (!grant.success) {
    log("error", "grants.message_unreadable", {
      queue,
      message: message.id,
      delivery: message.attempts,
    });
    message.retry({ delaySeconds: 0 });
    return null;
  }
  const { userId, acquiredAt } = grant.data;
  const present = notErased(await sha256(userId), acquiredAt);
  return { message, statement: sql(db)`${writes[queue](grant.data, present)}` };
}
