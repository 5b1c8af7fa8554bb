import { z } from "zod";
import { splitList } from "../auth/auth-settings.ts";
import { ChangeType, changeTypes, streamOf } from "../pipeline/change-types.ts";
import type { WebhookMessage } from "../pipeline/messages.ts";
import { DeliveredType } from "../pipeline/webhook-types.ts";
import { cursorOf } from "../events/log-head.ts";
import type { LoggedEvent } from "../events/logged-event.ts";
import { readLog } from "../events/read-log.ts";
import { forEachAlone } from "../platform/for-each-alone.ts";
import { guardedBatch } from "../platform/guarded-batch.ts";
import { iso } from "../platform/iso.ts";
import { log } from "../platform/log.ts";
import { reportUnreadRow } from "../platform/parse-rows.ts";
import { sha256 } from "../platform/sha256.ts";
import { raw, sql } from "../platform/sql.ts";
import { deliveryWindowMs } from "./delivery-outcome.ts";

const pageSize = 50;
/** Pages of the log for a receiver in one run. The next run goes on. */
const pagesPerRun = 4;
/** A larger payload fits into no message of a queue: its receiver reads the event from the feed. UTF-16 units. */
const longestPayload = 30_000;

const ChangeData = z.record(z.string(), z.unknown());
/** A revocation that has ended is no news. */
const Expiring = z.object({ until: z.int() });

/**
 * Sends the changes of the event log to each of `CHANGE_WEBHOOK_URLS`, from the first one on. The deliveries are
 * written with the receiver's cursor, and then sent: one whose message is lost is swept.
 */
export async function followChanges(env: Env): Promise<void> {
  await forEachAlone(splitList(env.CHANGE_WEBHOOK_URLS), (url) => followFor(env, url));
}

async function followFor(env: Env, url: string): Promise<void> {
  const receiver = (await sha256(url)).slice(0, 12);
  const name = `changes:${receiver}`;
  const cursor = raw(cursorOf(`'${name}'`));
  for (let pages = 0; pages < pagesPerRun; pages++) {
    const page = await readLog(env, cursor, pageSize, { types: changeTypes });
    const { after, next, head } = page;
    if (next <= after) return;
    const now = Date.now();
    const webhooks = page.events
      .filter(({ data }) => (Expiring.safeParse(data).data?.until ?? Infinity) > now)
      .flatMap((event) => webhookOf(event, { url, receiver }) ?? []);
    const isFirst = await guardedBatch(env.DB, "event_readers.cursor", [
      sql(env.DB)`
        INSERT INTO event_readers (name, cursor, updated_at)
        SELECT ${name}, CASE ${cursor} WHEN ${after} THEN ${next} END, ${now} WHERE true
        ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at`,
      ...webhooks.map((webhook) => insertDelivery(env.DB, webhook, now)),
    ]);
    // Another run was faster, and sends them.
    if (!isFirst) return;
    await Promise.all(webhooks.map((webhook) => send(env, webhook)));
    if (next >= head) return;
  }
}

/** The webhook of a change; null for one that cannot be read. Its id is the same, whoever writes it. */
function webhookOf(
  { job_id, seq, type, at, cursor, data }: LoggedEvent,
  { url, receiver }: { url: string; receiver: string },
): WebhookMessage | null {
  const change = ChangeType.parse(type);
  const parsed = ChangeData.safeParse(data);
  if (!parsed.success) {
    reportUnreadRow({ store: "event_segments" }, `cursor=${cursor}`, parsed.error);
    return null;
  }
  const { version, ...rest } = parsed.data;
  const position = { cursor, ...(version !== undefined && { version }) };
  const isLarge = JSON.stringify(rest).length > longestPayload;
  return {
    id: `${job_id}:${seq}:${receiver}`,
    url,
    jobId: streamOf(change),
    userId: "",
    payload: {
      type: DeliveredType.parse(type),
      timestamp: iso(at),
      data: isLarge ? { ...position, left_out: true } : { ...position, ...rest },
    },
  };
}

const insertDelivery = (
  db: D1Database,
  { id, jobId, userId, url, payload }: WebhookMessage,
  now: number,
) =>
  sql(db)`
    INSERT INTO webhook_deliveries (id, job_id, user_id, url, type, payload,
      created_at, next_attempt_at, expires_at)
    VALUES (${id}, ${jobId}, ${userId}, ${url}, ${payload.type}, ${JSON.stringify(payload)},
      ${now}, ${now}, ${now + deliveryWindowMs})
    ON CONFLICT (id) DO NOTHING`;

async function send({ WEBHOOKS }: Env, webhook: WebhookMessage): Promise<void> {
  try {
    await WEBHOOKS.send(webhook);
  } catch (error) {
    log("error", "webhook.not_sent", { webhook: webhook.id, error: String(error) });
  }
}
