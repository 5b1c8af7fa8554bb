/** The Worker with queues that hold what they are sent, so that a test is the only consumer. */
import worker from "../../src/index.ts";

export * from "../../src/index.ts";

const longestDelaySeconds = 12 * 60 * 60;

export default {
  ...worker,
  queue: (batch) => batch.retryAll({ delaySeconds: longestDelaySeconds }),
} satisfies ExportedHandler<Env>;
