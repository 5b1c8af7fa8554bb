import { env } from "cloudflare:workers";
import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { queueRetries } from "../../src/pipeline/stages/define-stage.ts";
import { consumerOf } from "../../queues/consumers.ts";
import { z } from "zod";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueBinding,
  queueName,
  stages,
} from "../../src/pipeline/stages/stage-table.ts";
import worker from "../../src/index.ts";
import text from "../../wrangler.toml?raw";
import { buildBatch, buildMessage } from "../support/queue-messages.ts";

const { queues } = z
  .object({
    queues: z.object({
      producers: z.array(z.strictObject({ binding: z.string(), queue: z.string() })),
      consumers: z.array(
        z.strictObject({
          queue: z.string(),
          dead_letter_queue: z.string().optional(),
          max_batch_size: z.int(),
          max_batch_timeout: z.number(),
          max_retries: z.int(),
        }),
      ),
    }),
  })
  .parse(parse(text));

/** Queues beside the stages'. */
const others = [
  { binding: "WEBHOOKS", queue: "webhooks" },
  { binding: "SCAN_EVENTS", queue: "scan-events" },
  { binding: "CHARACTER_OWNERSHIP", queue: "character-ownership" },
  { binding: "USER_CHARACTERS", queue: "user-characters" },
  { binding: "CHARACTER_MATCH", queue: "character-match" },
];

const byQueue = (a: { queue: string }, b: { queue: string }) => a.queue.localeCompare(b.queue);

it("has a producer for each shard and each dead-letter queue of a stage", () => {
  expect(queues.producers.toSorted(byQueue)).toEqual(
    [
      ...stages.flatMap(({ name, shards }) =>
        shards.map((shard) => ({
          binding: queueBinding(name, shard),
          queue: queueName(name, shard),
        })),
      ),
      ...stages.map(({ name }) => ({
        binding: deadLetterQueueBinding(name),
        queue: deadLetterQueueName(name),
      })),
      ...others,
    ].toSorted(byQueue),
  );
});

it("has a consumer for each shard with the batch, wait, retries and dead-letter queue of its row", () => {
  const ofStages = queues.consumers.filter(({ queue }) => queue.startsWith("scan-"));
  expect(ofStages.filter(({ queue }) => queue !== "scan-events").toSorted(byQueue)).toEqual(
    stages
      .flatMap(({ name, shards, batch }) =>
        shards.map((shard) => ({
          queue: queueName(name, shard),
          dead_letter_queue: deadLetterQueueName(name),
          max_batch_size: batch.size,
          max_batch_timeout: batch.waitSeconds,
          max_retries: queueRetries,
        })),
      )
      .toSorted(byQueue),
  );
});

it("consumes every dead-letter queue, and no queue that the table does not know", () => {
  const dead = queues.consumers.filter((it) => !it.dead_letter_queue).map(({ queue }) => queue);
  expect(dead.toSorted()).toEqual(
    [
      ...stages.map(({ name }) => deadLetterQueueName(name)),
      ...others.map(({ queue }) => `dlq-${queue}`),
    ].toSorted(),
  );
  for (const { queue } of queues.consumers) expect(() => consumerOf(queue)).not.toThrow();
});

it("consumes numbered queues of a stage as its own: of a local server, and of a deployment that had some", () => {
  for (const { name } of stages) {
    const own = consumerOf(queueName(name));
    for (const shard of ["1", "15", "bulk"] as const) {
      expect(consumerOf(queueName(name, shard))).toBe(own);
    }
  }
  for (const queue of ["scan-", "scan-vision-", "scan-vision-x", "scan-other-1", "vision"]) {
    expect(() => consumerOf(queue)).toThrow("No consumer");
  }
});

it("has no more queues of a stage than one that starts its hop and those who have many scans need", () => {
  expect(Object.fromEntries(stages.map(({ name, shards }) => [name, shards]))).toEqual({
    vision: ["", "bulk"],
    rule: [""],
    answer: ["", "bulk"],
    reward: [""],
  });
});

it.each(["character-ownership", "user-characters", "character-match"])(
  "saves %s fifty or five seconds at a time, in six attempts",
  (queue) => {
    expect(queues.consumers.find((it) => it.queue === queue)).toEqual({
      queue,
      dead_letter_queue: `dlq-${queue}`,
      max_batch_size: 50,
      max_batch_timeout: 5,
      max_retries: 5,
    });
  },
);

it("consumes the queues of a preview as those of wrangler.toml, whatever the preview's name is", () => {
  for (const { queue } of queues.consumers) {
    for (const preview of ["pr-42", "1", "bulk", "scan-vision"]) {
      expect(consumerOf(`${queue}-preview-${preview}`)).toBe(consumerOf(queue));
    }
  }
});

it.each([
  "other",
  "other-preview-pr-42",
  "scan-vision-preview-",
  "scan-vision-preview",
  "scan-vision-pr-42",
  "preview-scan-vision",
])("acknowledges no message of the queue %s, which nobody consumes", async (queue) => {
  const messages = [buildMessage({ jobId: "j", stage: "vision" }), buildMessage("nothing")];
  // The platform delivers a batch again whose handler has thrown.
  await expect(async () => worker.queue(buildBatch(queue, messages), env)).rejects.toThrow(
    `No consumer for the queue ${queue}`,
  );
  for (const { ack, retry } of messages) {
    expect(ack).not.toHaveBeenCalled();
    expect(retry).not.toHaveBeenCalled();
  }
});
