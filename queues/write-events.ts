import { appendEvents, type Heads } from "../src/events/append-events.ts";
import { catchUpProjections } from "../src/events/catch-up.ts";
import { fillGaps, headOf } from "./fill-gaps.ts";
import { splitBatch } from "../src/platform/guarded-batch.ts";
import { log } from "../src/platform/log.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { ScanEventsMessage } from "../src/pipeline/messages.ts";
import type { Consumer } from "./consumer.ts";

/** The queue's 20 retries last about half an hour. */
const backoff = { baseMs: 2_000, capMs: 300_000 };
/** Slices that each projection catches up after a batch. The cron catches up with the rest. */
const slicesPerBatch = 4;

interface Delivery {
  message: Message;
  body: ScanEventsMessage;
}

/** Appends the events of jobs to the event log, each once and in a job's order. */
export const writeEvents: Consumer = async ({ messages }, env) => {
  const readable = messages.flatMap((message): Delivery[] => {
    const body = ScanEventsMessage.safeParse(message.body);
    if (body.success) return [{ message, body: body.data }];
    // A newer version may be able to read it. It becomes a dead letter when its retries are used up.
    log("error", "events.message_unreadable", { message: message.id, delivery: message.attempts });
    retry(message);
    return [];
  });
  if (readable.length === 0) return;
  await append(readable, env);
  await catchUpProjections(env, slicesPerBatch);
};

const retry = (message: Message) =>
  message.retry({ delaySeconds: retryDelaySeconds(message.attempts, backoff) });

/** A message that the log refuses is retried alone. The others do not wait for it. */
const append = (delivered: readonly Delivery[], env: Env): Promise<void> =>
  splitBatch(
    delivered,
    async (some) => {
      const heads = await appendEvents(
        env.DB,
        some.map(({ body }) => body),
      );
      const read = some.map(({ message, body }) => ({ body, deliveries: message.attempts }));
      settle(some, await fillGaps(env, read, heads));
    },
    (failed, error) => {
      log("error", "events.not_appended", { messages: failed.length, error: String(error) });
      for (const { message } of failed) retry(message);
    },
  );

/** Acknowledges a message when the log has all its events. Otherwise an earlier event is missing, and its job could not be asked. */
function settle(delivered: readonly Delivery[], heads: Heads): void {
  for (const { message, body } of delivered) {
    const head = headOf(heads, body.jobId);
    if (body.events.every(({ seq }) => seq <= head)) message.ack();
    else retry(message);
  }
}
