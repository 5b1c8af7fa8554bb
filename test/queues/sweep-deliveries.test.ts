import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runScheduled } from "../../src/cron/scheduled-tasks.ts";
import { sweepDeliveries } from "../../src/webhooks/sweep-deliveries.ts";
import {
  buildWebhook,
  deliveryRow,
  receivedRequests,
  webhookEnv,
} from "../support/build-webhook.ts";
import { buildMessage, deliver } from "../support/queue-messages.ts";

const minute = 60_000;

beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  await env.DB.exec("DELETE FROM webhook_deliveries");
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The bindings of a cron whose queue of webhooks keeps what it is sent, or refuses it. */
function cron({ fails = false } = {}) {
  const sent: unknown[] = [];
  const send = async (body: unknown) => {
    if (fails) throw new Error("The queue is not available");
    sent.push(body);
  };
  const WEBHOOKS = new Proxy(env.WEBHOOKS, {
    get(target, key): unknown {
      if (key === "send") return send;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { sent, bindings: webhookEnv({ WEBHOOKS }) };
}

/** A webhook whose first attempt has failed, and whose message is lost after it. */
async function lostWebhook(behaviour = "500-then-ok") {
  const webhook = buildWebhook(behaviour);
  const message = buildMessage(webhook);
  await deliver("webhooks", [message], webhookEnv());
  const { next_attempt_at } = await deliveryRow(webhook.id);
  return { webhook, message, dueAt: next_attempt_at ?? 0 };
}

describe("a delivery whose message is lost", () => {
  it("is sent again once it is overdue, and delivered once", async () => {
    const { webhook, dueAt } = await lostWebhook();
    const { sent, bindings } = cron();
    vi.setSystemTime(dueAt + 10 * minute);
    expect(await sweepDeliveries(bindings)).toBe(0);
    vi.setSystemTime(dueAt + 11 * minute);
    expect(await sweepDeliveries(bindings)).toBe(1);
    expect(sent).toEqual([webhook]);
    // Before it arrives, the next run does not send it again.
    vi.setSystemTime(dueAt + 16 * minute);
    expect(await sweepDeliveries(bindings)).toBe(0);
    await deliver("webhooks", [buildMessage(sent[0])], webhookEnv());
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "delivered", attempts: 2 });
    expect(await receivedRequests(webhook.url)).toHaveLength(2);
    vi.setSystemTime(dueAt + 60 * minute);
    expect(await sweepDeliveries(bindings)).toBe(0);
  });

  it("is sent again after its consumer died in an attempt", async () => {
    const webhook = buildWebhook();
    const now = Date.now();
    await env.DB.prepare(
      `INSERT INTO webhook_deliveries (id, job_id, user_id, url, type, payload, attempts,
        created_at, last_attempt_at, next_attempt_at, expires_at, message_id)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7, ?8, ?9, 'lost')`,
    )
      .bind(
        webhook.id,
        webhook.jobId,
        webhook.userId,
        webhook.url,
        webhook.payload.type,
        JSON.stringify(webhook.payload),
        now,
        now + 20_000,
        now + 24 * 60 * minute,
      )
      .run();
    const { sent, bindings } = cron();
    vi.setSystemTime(now + 11 * minute);
    await sweepDeliveries(bindings);
    await deliver("webhooks", [buildMessage(sent[0])], webhookEnv());
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "delivered", attempts: 2 });
  });

  it("is a duplicate when its message arrives nevertheless", async () => {
    const { webhook, message, dueAt } = await lostWebhook();
    const { sent, bindings } = cron();
    vi.setSystemTime(dueAt + 11 * minute);
    await sweepDeliveries(bindings);
    const late = { ...buildMessage(message.body, 2), id: message.id };
    await deliver("webhooks", [buildMessage(sent[0]), late], webhookEnv());
    expect(late.ack).toHaveBeenCalledTimes(1);
    expect(await receivedRequests(webhook.url)).toHaveLength(2);
  });

  it("is swept later when the run could not send it", async () => {
    const { webhook, dueAt } = await lostWebhook();
    vi.setSystemTime(dueAt + 11 * minute);
    expect(await sweepDeliveries(cron({ fails: true }).bindings)).toBe(0);
    const { sent, bindings } = cron();
    vi.setSystemTime(dueAt + 22 * minute);
    await sweepDeliveries(bindings);
    expect(sent).toEqual([webhook]);
  });

  it("is sent when the row of another cannot be read", async () => {
    const { webhook, dueAt } = await lostWebhook();
    await env.DB.prepare(
      `INSERT INTO webhook_deliveries (id, job_id, user_id, url, type, payload, created_at, next_attempt_at, expires_at)
       SELECT 'damaged', job_id, user_id, url, webhook_deliveries.type, '{}', created_at, 1, expires_at
       FROM webhook_deliveries WHERE id = ?`,
    )
      .bind(webhook.id)
      .run();
    const { sent, bindings } = cron();
    vi.setSystemTime(dueAt + 11 * minute);
    expect(await sweepDeliveries(bindings)).toBe(1);
    expect(sent).toEqual([webhook]);
  });

  it("fails, so that an operator finds it, when its window is over", async () => {
    const { webhook, dueAt } = await lostWebhook();
    const { sent, bindings } = cron();
    vi.setSystemTime(dueAt + 25 * 60 * minute);
    await sweepDeliveries(bindings);
    await deliver("webhooks", [buildMessage(sent[0])], webhookEnv());
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "failed", attempts: 2 });
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
  });

  it("waits for the next run when there are more than a hundred", async () => {
    const { webhook, dueAt } = await lostWebhook();
    await env.DB.prepare(
      `INSERT INTO webhook_deliveries (id, job_id, user_id, url, type, payload,
        created_at, next_attempt_at, expires_at)
       SELECT webhook_deliveries.id || '-' || value, job_id, user_id, url, webhook_deliveries.type, payload,
         created_at, next_attempt_at, expires_at
       FROM webhook_deliveries, json_each(?) WHERE webhook_deliveries.id = ?`,
    )
      .bind(JSON.stringify(Array.from({ length: 129 }, (_, index) => index)), webhook.id)
      .run();
    const { sent, bindings } = cron();
    vi.setSystemTime(dueAt + 11 * minute);
    expect(await sweepDeliveries(bindings)).toBe(100);
    expect(await sweepDeliveries(bindings)).toBe(30);
    expect(await sweepDeliveries(bindings)).toBe(0);
    expect(sent).toHaveLength(130);
  });

  it("is swept by the cron", async () => {
    const { webhook, dueAt } = await lostWebhook();
    const { sent, bindings } = cron();
    vi.setSystemTime(dueAt + 11 * minute);
    await runScheduled("*/5 * * * *", bindings);
    expect(sent).toEqual([webhook]);
  });
});
