import { appendEvents } from "../src/events/append.ts";
import { catchUpAll } from "../src/events/catch-up.ts";
import { isRefusal } from "../src/events/sql-errors.ts";
import { log } from "../src/platform/log.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { ScanEventsMessage } from "../src/pipeline/messages.ts";
import type { Consumer } from "./consumers.ts";

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

async function append(delivered: readonly Delivered[], env: Env): Promise<void> {
  try {
    const bodies = delivered.map(({ body }) => body);
    settle(delivered, await appendEvents(env.DB, bodies));
  } catch (error) {
    if (isRefusal(error) && delivered.length > 1) {
      // One of them is refused: the others are not to wait for it.
      const half = delivered.length >> 1;
      await append(delivered.slice(0, half), env);
      await append(delivered.slice(half), env);
      return;
    }
    log("error", "events.not_appended", { messages: delivered.length, error: String(error) });
    for (const { message } of delivered) again(message);
  }
}

/** A message is done when the log has all its events; else one that it follows has not come yet. */
function settle(delivered: readonly Delivered[], heads: ReadonlyMap<string, number>): void {
  for (const { message, body } of delivered) {
    const head = heads.get(body.jobId) ?? -1;
    if (body.events.every(({ seq }) => seq <= head)) message.ack();
    else again(message);
  }
}
