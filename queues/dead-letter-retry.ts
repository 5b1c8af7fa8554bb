/** The longest delay that a queue takes, s. */
const longestDelay = 12 * 60 * 60;

/**
 * The delay of a dead letter that could not be recorded, s. No queue is behind a dead-letter queue, so
 * its retries have to outlast an outage of D1.
 */
export const deadLetterRetrySeconds = ({ attempts }: Message): number =>
  Math.min(60 * 2 ** attempts, longestDelay);
