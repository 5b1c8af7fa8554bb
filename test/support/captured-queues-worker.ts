/** The Worker with queues that capture their messages, so that the test is the only consumer. */
import worker from "../../src/index.ts";

export * from "../../src/index.ts";

const longestDelaySeconds = 12 * 60 * 60;

/** A message with the queue that it was sent to. */
export interface CapturedMessage {
  queue: string;
  body: unknown;
}

/** All messages in the order of their arrival. */
export const captured: CapturedMessage[] = [];
const seen = new Set<string>();

export default {
  ...worker,
  queue: (batch) => {
    for (const { id, body } of batch.messages) {
      if (!seen.has(id)) captured.push({ queue: batch.queue, body });
      seen.add(id);
    }
    batch.retryAll({ delaySeconds: longestDelaySeconds });
  },
} satisfies ExportedHandler<Env>;
