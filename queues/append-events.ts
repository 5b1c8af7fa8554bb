import { appendEvents } from "../src/events/append.ts";
import { catchUpAll } from "../src/events/catch-up.ts";
import { splitBatch } from "../src/platform/guarded-batch.ts";
import { log } from "../src/platform/log.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { ScanEventsMessage } from "../src/pipeline/messages.ts";
import type { Consumer } from "./consumer.ts";

/** The queue's 20 retries then last for some half an hour: what comes before may be late by that. */
const backoff = { baseMs: 2_000, capMs: 300_000 };
/** How far the readers go after each batch; the cron takes them the rest of the way. */
const slicesPerBatch = 4;

interface Delivered {
  message: Message;
  body: ScanEventsMessage;
}

/** Writes what jobs have told to the event log, each event once and a job's in order. */
export const appendBatch: Consumer = async ({ messages }, env) => {
  const readable = messages.flatMap((message): Delivered[] => {
    const body = ScanEventsMessage.safeParse(message.body);
    if (body.success) return [{ message, body: body.data }];
    // What this version cannot read another may; it becomes a dead letter in the end.
    log("error", "events.unreadable", { message: message.id, delivery: message.attempts });
    again(message);
    return [];
  });
  if (readable.length === 0) return;
  await append(readable, env);
  await catchUpAll(env.DB, slicesPerBatch);
};

const again = (message: Message) =>
  message.retry({ delaySeconds: retryDelaySeconds(message.attempts, backoff) });

/** Messages that the log refuses are retried alone: the others do not wait for them. */
const append = (delivered: readonly Delivered[], { DB }: Env): Promise<void> =>
  splitBatch(
    delivered,
    async (some) =>
      settle(
        some,
        await appendEvents(
          DB,
          some.map(({ body }) => body),
        ),
      ),
    (failed, error) => {
      log("error", "events.not_appended", { messages: failed.length, error: String(error) });
      for (const { message } of failed) again(message);
    },
  );

/** A message is done when the log has all its events; else one that it follows has not come yet. */
function settle(delivered: readonly Delivered[], heads: ReadonlyMap<string, number>): void {
  for (const { message, body } of delivered) {
    const head = heads.get(body.jobId) ?? -1;
    if (body.events.every(({ seq }) => seq <= head)) message.ack();
    else again(message);
  }
}
