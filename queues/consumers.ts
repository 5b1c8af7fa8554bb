import { deadLetterQueueName, queueName, stages } from "../src/pipeline/stages/index.ts";
import { consumeStage } from "./consume-stage.ts";
import { parkDeadLetters } from "./dead-letters.ts";
import { buryWebhooks, deliverWebhooks } from "./deliver-webhooks.ts";

export type Consumer = (batch: MessageBatch, env: Env) => Promise<void>;

const consumers = new Map<string, Consumer>([
  ...stages.flatMap((stage): [string, Consumer][] => [
    [queueName(stage.name), consumeStage(stage)],
    [deadLetterQueueName(stage.name), parkDeadLetters(stage.name)],
  ]),
  ["webhooks", deliverWebhooks()],
  ["dlq-webhooks", buryWebhooks],
]);

/** Who handles a queue's batches. Throws for a queue that is not in the stage table. */
export function consumerOf(queue: string): Consumer {
  const consumer = consumers.get(queue);
  if (!consumer) throw new RangeError(`No consumer for the queue ${queue}`);
  return consumer;
}
