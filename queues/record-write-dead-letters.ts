import { recordWriteDeadLetters } from "../src/dead-letters/record-dead-letters.ts";
import type { WriteQueue } from "../src/dead-letters/write-queues.ts";
import { log } from "../src/platform/log.ts";
import type { Consumer } from "./consumer.ts";
import { deadLetterRetrySeconds } from "./dead-letter-retry.ts";

/** Consumes the dead-letter queue of a queue of writes: records each message, so that it is redriven. */
export function recordWrites(queue: WriteQueue): Consumer {
  return async function consume({ messages }, { DB }) {
    const writes = messages.map(({ id, body }) => ({ queue, messageId: id, body }));
    try {
      await recordWriteDeadLetters(DB, writes, Date.now());
      for (const message of messages) message.ack();
    } catch (error) {
      log("error", "dead_letter.not_recorded", {
        source: queue,
        messages: messages.length,
        error: String(error),
      });
      for (const message of messages) {
        message.retry({ delaySeconds: deadLetterRetrySeconds(message) });
      }
    }
  };
}
