import { log } from "../src/platform/log.ts";
import { keepSaves, type SaveQueue } from "../src/dead-letters/write-dead-letters.ts";
import type { Consumer } from "./consumer.ts";

/** The longest wait that a queue takes, in seconds. */
const longestWait = 12 * 60 * 60;

/** Keeps what a queue of saves has given up, so that it is redriven, and operators find it. */
export function keepDeadLetters(queue: SaveQueue): Consumer {
  return async function keep({ messages }, { DB }) {
    const saves = messages.map(({ id, body }) => ({ queue, messageId: id, body }));
    try {
      await keepSaves(DB, saves, Date.now());
    } catch (error) {
      // D1 is down. There is no queue behind this one, so its retries have to outlast that.
      log("error", "save.not_kept", { queue, messages: messages.length, error: String(error) });
      for (const message of messages) {
        message.retry({ delaySeconds: Math.min(60 * 2 ** message.attempts, longestWait) });
      }
      return;
    }
    for (const message of messages) message.ack();
  };
}
