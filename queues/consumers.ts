import type { Consumer } from "./consumer.ts";
import { deadLetterQueueName, queueName, stages } from "../src/pipeline/stages/stage-table.ts";
import { stageConsumer } from "./stage-loop.ts";
import { writeEvents } from "./write-events.ts";
import { parkDeadLetters } from "./dead-letters.ts";
import { buryWebhooks, deliverWebhooks } from "./deliver-webhooks.ts";
import { keepDeadLetters } from "./save-dead-letters.ts";
import { writeGrants } from "./write-grants.ts";

const consumers = new Map<string, Consumer>([
  ...stages.flatMap((stage) =>
    stage.shards.map((shard): [string, Consumer] => [
      queueName(stage.name, shard),
      stageConsumer(stage),
    ]),
  ),
  ...stages.map(({ name }): [string, Consumer] => [
    deadLetterQueueName(name),
    parkDeadLetters(name),
  ]),
  ["webhooks", deliverWebhooks()],
  ["dlq-webhooks", buryWebhooks],
  ["character-ownership", writeGrants("character-ownership")],
  ["user-characters", writeGrants("user-characters")],
  ["dlq-character-ownership", keepDeadLetters("character-ownership")],
  ["dlq-user-characters", keepDeadLetters("user-characters")],
  ["dlq-scan-events", keepDeadLetters("scan-events")],
  ["scan-events", writeEvents],
]);

/** Who handles a queue's batches. Throws for a queue that is not in the stage table. */
export function consumerOf(queue: string): Consumer {
  const consumer = consumers.get(queue);
  if (!consumer) throw new RangeError(`No consumer for the queue ${queue}`);
  return consumer;
}
