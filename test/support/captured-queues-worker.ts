/** The Worker with queues that hold what they are sent, so that a test is the only consumer. */
import worker from "../../src/index.ts";

export * from "../../src/index.ts";

const longestDelaySeconds = 12 * 60 * 60;

/** A message that was sent, with the queue that holds it. */
export interface CapturedMessage {
  queue: string;
  body: unknown;
}

/** Everything that queues were sent, as it came. */
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
