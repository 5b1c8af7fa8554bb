import type { Consumer } from "./consumer.ts";
import {
  deadLetterQueueName,
  stageOfQueue,
  stages,
  type StageName,
} from "../src/pipeline/stages/stage-table.ts";
import { withoutPreview } from "../src/platform/preview-names.ts";
import { matchCharacters } from "./match-characters.ts";
import { deliverWebhooks } from "./deliver-webhooks.ts";
import { returnDeliveriesToSweep } from "./return-deliveries-to-sweep.ts";
import { parkJobs } from "./park-jobs.ts";
import { recordWrites } from "./record-write-dead-letters.ts";
import { stageConsumer } from "./stage-loop.ts";
import { writeEvents } from "./write-events.ts";
import { writeGrants } from "./write-grants.ts";

const stageConsumers = new Map<StageName, Consumer>(
  stages.map((stage) => [stage.name, stageConsumer(stage)]),
);

const consumers = new Map<string, Consumer>([
  ...stages.map(({ name }): [string, Consumer] => [deadLetterQueueName(name), parkJobs(name)]),
  ["webhooks", deliverWebhooks()],
  ["dlq-webhooks", returnDeliveriesToSweep],
  ["character-ownership", writeGrants("character-ownership")],
  ["user-characters", writeGrants("user-characters")],
  ["character-match", matchCharacters],
  ["dlq-character-match", recordWrites("character-match")],
  ["dlq-character-ownership", recordWrites("character-ownership")],
  ["dlq-user-characters", recordWrites("user-characters")],
  ["dlq-scan-events", recordWrites("scan-events")],
  ["scan-events", writeEvents],
]);

/**
 * Who handles a queue's batches, of a preview's queues, too. Throws for a queue that is none of a stage's, and none of
 * the others: the platform then delivers the whole batch again.
 */
export function consumerOf(queue: string): Consumer {
  const name = withoutPreview(queue);
  const stage = stageOfQueue(name);
  const consumer = stage ? stageConsumers.get(stage.name) : consumers.get(name);
  if (!consumer) throw new RangeError(`No consumer for the queue ${queue}`);
  return consumer;
}
