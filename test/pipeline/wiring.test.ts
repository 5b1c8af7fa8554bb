import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { consumerOf } from "../../queues/consumers.ts";
import { z } from "zod";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueBinding,
  queueName,
  stages,
} from "../../src/pipeline/stages/index.ts";
import text from "../../wrangler.toml?raw";

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
const others = new Set(["webhooks", "dlq-webhooks"]);

it("has two producers a stage, and no other but the webhooks'", () => {
  expect(queues.producers).toEqual([
    ...stages.map(({ name }) => ({ binding: queueBinding(name), queue: queueName(name) })),
    ...stages.map(({ name }) => ({
      binding: deadLetterQueueBinding(name),
      queue: deadLetterQueueName(name),
    })),
    { binding: "WEBHOOKS", queue: "webhooks" },
  ]);
});

it("has one consumer a stage with the batch, wait, retries and dead-letter queue of its row", () => {
  const ofStages = queues.consumers.filter(({ queue }) => !others.has(queue));
  expect(ofStages.filter((it) => it.dead_letter_queue)).toEqual(
    stages.map(({ name, attempts, batch }) => ({
      queue: queueName(name),
      dead_letter_queue: deadLetterQueueName(name),
      max_batch_size: batch.size,
      max_batch_timeout: batch.waitSeconds,
      max_retries: attempts - 1,
    })),
  );
});

it("consumes every dead-letter queue, and nothing that the table does not know", () => {
  expect(queues.consumers.filter((it) => !it.dead_letter_queue).map(({ queue }) => queue)).toEqual([
    ...stages.map(({ name }) => deadLetterQueueName(name)),
    "dlq-webhooks",
  ]);
  for (const { queue } of queues.consumers) expect(() => consumerOf(queue)).not.toThrow();
});
