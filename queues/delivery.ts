import type { Attempt } from "../src/metrics/record-attempt.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { classify } from "../src/pipeline/errors.ts";
import type { StageMessage } from "../src/pipeline/messages.ts";
import type { Trailing } from "./run-trailing.ts";

/** The waits until a job that could not be called is called again. */
const jobBackoff = { baseMs: 2_000, capMs: 60_000 };

/** One delivery of a stage's message. Its lease names the attempt, so that its calls are idempotent. */
export interface Delivery extends StageMessage {
  message: Message;
  lease: string;
  env: Env;
}

/** What the consumer does with the message, and what the attempt's log line holds. */
export interface Outcome extends Pick<
  Attempt,
  "outcome" | "code" | "calls" | "attempt" | "category" | "test"
> {
  /** When the queue delivers the message again; without it the message is acknowledged. */
  retryInSeconds?: number;
  /** The stages that ran behind the message's own. */
  trailing?: readonly Trailing[];
}

/** The job could not be called: the queue delivers the message again. */
export const unreachable = (error: unknown, { message }: Delivery): Outcome => ({
  outcome: "job_unreachable",
  code: classify(error).failure.code,
  retryInSeconds: retryDelaySeconds(message.attempts, jobBackoff),
});
