import { env } from "cloudflare:workers";
import { inject, vi } from "vitest";
import { consumerOf } from "../../queues/consumers.ts";
import { queueName, type StageName } from "../../src/pipeline/stages/stage-table.ts";
import { traceparent } from "./job-builders.ts";

/** The test's bindings with the scripted model as the provider. */
export const modelEnv = (): Env => ({
  ...env,
  OPENAI_API_KEY: "sk-test",
  OPENAI_BASE_URL: inject("modelBaseURL"),
});

export const stageMessage = (jobId: string, stage: StageName, redrives = 0) => ({
  jobId,
  stage,
  traceparent,
  redrives,
});

/** A message as a queue delivers it, which records `ack` and `retry`. */
export function buildMessage<Body>(body: Body, attempts = 1) {
  return {
    id: crypto.randomUUID(),
    timestamp: new Date(),
    attempts,
    body,
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    ack: vi.fn<() => void>(),
    retry: vi.fn<(options?: QueueRetryOptions) => void>(),
  };
}

type DeliveredMessage = ReturnType<typeof buildMessage<unknown>>;

/** A batch that refuses `ackAll` and `retryAll`. */
export const buildBatch = (queue: string, messages: DeliveredMessage[]): MessageBatch => ({
  queue,
  messages,
  metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
  ackAll() {
    throw new Error("a batch is settled message by message");
  },
  retryAll() {
    throw new Error("a batch is settled message by message");
  },
});

/** Delivers a batch to the consumer of a queue, like the platform. */
export async function deliver(
  queue: string,
  messages: DeliveredMessage[],
  bindings: Env = modelEnv(),
) {
  await consumerOf(queue)(buildBatch(queue, messages), bindings);
}

/** Delivers one message of a stage and returns it. */
export async function deliverStage(jobId: string, stage: StageName, bindings?: Env) {
  const message = buildMessage(stageMessage(jobId, stage));
  await deliver(queueName(stage), [message], bindings);
  return message;
}
