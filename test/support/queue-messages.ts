import { env } from "cloudflare:workers";
import { inject, vi } from "vitest";
import { consumerOf } from "../../queues/consumers.ts";
import { queueName, type StageName } from "../../src/pipeline/stages/stage-table.ts";
import { traceparent } from "./job-builders.ts";

/** The test's bindings with the scripted model behind the adapter. */
export const modelEnv = (): Env => ({
  ...env,
  OPENAI_API_KEY: "sk-test",
  OPENAI_BASE_URL: inject("modelBaseURL"),
});

export const stageMessage = (jobId: string, stage: StageName) => ({ jobId, stage, traceparent });

/** A message as a queue hands it out, with what is done to it recorded. */
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

type Delivered = ReturnType<typeof buildMessage<unknown>>;

/** A batch that can only be settled message by message. */
export const buildBatch = (queue: string, messages: Delivered[]): MessageBatch => ({
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

/** Hands a batch to the consumer of a queue, as the platform would. */
export async function deliver(queue: string, messages: Delivered[], bindings: Env = modelEnv()) {
  await consumerOf(queue)(buildBatch(queue, messages), bindings);
}

/** Delivers one message of a stage and returns it with what was done to it. */
export async function deliverStage(jobId: string, stage: StageName, bindings?: Env) {
  const message = buildMessage(stageMessage(jobId, stage));
  await deliver(queueName(stage), [message], bindings);
  return message;
}
