import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { consumerOf } from "../../queues/consumers.ts";
import { webhooks } from "../../src/api/ops/webhook-routes.ts";
import { respond } from "../../src/api/problem.ts";
import type { WebhookMessage } from "../../src/pipeline/messages.ts";
import { buildBatch, buildMessage } from "../support/queue-messages.ts";
import {
  buildWebhook,
  receivedRequests,
  deliveryRow,
  webhookEnv,
} from "../support/build-webhook.ts";

const app = new Hono<{ Bindings: Env }>().onError(respond).route("/ops/webhooks", webhooks);

const ask = (path: string, init?: RequestInit, settings: Partial<Env> = {}) =>
  app.request(`/ops/webhooks${path}`, init, webhookEnv(settings));

const Page = z.object({
  deliveries: z.array(z.looseObject({ id: z.string(), job_id: z.string(), status: z.string() })),
  next_cursor: z.string().nullable(),
});

const list = async (query: Record<string, string> = {}) =>
  Page.parse(await (await ask(`?${new URLSearchParams(query).toString()}`)).json());

const deliverTo = (message: unknown) =>
  consumerOf("webhooks")(buildBatch("webhooks", [buildMessage(message)]), webhookEnv());

async function deliverOnce(behaviour = "ok", rest: Partial<WebhookMessage> = {}) {
  const webhook = buildWebhook(behaviour, rest);
  await deliverTo(webhook);
  return webhook;
}

const idPath = ({ id }: WebhookMessage) => `/${encodeURIComponent(id)}`;

/** A queue that says what it was sent. */
function aQueue() {
  const sent = vi.fn<(message: unknown) => Promise<void>>(() => Promise.resolve());
  const WEBHOOKS = new Proxy(env.WEBHOOKS, {
    get: (target, key): unknown => Reflect.get(key === "send" ? { send: sent } : target, key),
  });
  return { sent, WEBHOOKS };
}

const redeliver = (webhook: WebhookMessage, settings: Partial<Env> = {}) =>
  ask(
    `${idPath(webhook)}/redeliver`,
    { method: "POST", body: JSON.stringify({ by: "op" }) },
    settings,
  );

describe("the list of webhooks", () => {
  it("goes from page to page, newest first, none twice and none left out", async () => {
    const { jobId } = buildWebhook();
    const ids = Array.from({ length: 5 }, (_, seq) => `${jobId}:${seq}`);
    for (const id of ids) await deliverOnce("ok", { id, jobId });
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await list({ job: jobId, limit: "2", ...(cursor && { cursor }) });
      expect(page.deliveries.length).toBeLessThanOrEqual(2);
      seen.push(...page.deliveries.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it("is asked by status and job", async () => {
    const [good, gone] = [await deliverOnce(), await deliverOnce("gone")];
    const failed = await list({ status: "failed", limit: "100" });
    const ids = failed.deliveries.map(({ id }) => id);
    expect(ids).toContain(gone.id);
    expect(ids).not.toContain(good.id);
    expect((await list({ status: "failed", job: good.jobId })).deliveries).toEqual([]);
    expect((await list({ job: good.jobId })).deliveries).toMatchObject([
      {
        id: good.id,
        job_id: good.jobId,
        url: good.url,
        status: "delivered",
        attempts: 1,
        last_status: 200,
        created_at: expect.stringMatching(/Z$/),
        next_attempt_at: null,
      },
    ]);
  });

  it.each([
    "?limit=0",
    "?limit=101",
    "?limit=x",
    "?status=lost",
    "?job=1",
    "?cursor=1",
    "?cursor=x:y",
    "?jobs=",
  ])("refuses %s", async (query) => {
    const response = await ask(query);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "VALIDATION_ERROR" });
  });

  it("of none is empty", async () => {
    expect(await list({ job: crypto.randomUUID() })).toEqual({ deliveries: [], next_cursor: null });
  });
});

describe("a webhook", () => {
  it("is shown with what it says, and without what its scan does", async () => {
    const webhook = await deliverOnce();
    const response = await ask(idPath(webhook));
    const { type, timestamp, data } = webhook.payload;
    const payload = { type, timestamp, data: { task_id: data["task_id"] } };
    const shown = z.looseObject({ payload: z.unknown() }).parse(await response.json());
    expect(shown).toMatchObject({ id: webhook.id });
    expect(data).toHaveProperty("message");
    expect(shown.payload).toEqual(payload);
  });

  it("of a change is shown whole, as it has nothing of a scan", async () => {
    const data = { cursor: 7, kind: "user", value: "someone" };
    const webhook = buildWebhook("ok", { id: `tokens:${crypto.randomUUID()}`, jobId: "tokens" });
    const payload = { ...webhook.payload, type: "token.revoked" as const, data };
    await deliverTo({ ...webhook, payload });
    expect(await (await ask(idPath(webhook))).json()).toMatchObject({ payload });
  });

  it.each([
    ["GET", "/none", null],
    ["POST", "/none/redeliver", JSON.stringify({ by: "Kim" })],
  ])("that is not known is a 404 for %s %s", async (method, path, body) => {
    const response = await ask(path, { method, body });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "DELIVERY_NOT_FOUND" });
  });
});

describe("redelivering", () => {
  it.each(["gone", "ok"])("sends a webhook again when it was answered %s", async (behaviour) => {
    const webhook = await deliverOnce(behaviour);
    const { sent, WEBHOOKS } = aQueue();
    const response = await redeliver(webhook, { WEBHOOKS });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ id: webhook.id, status: "pending" });
    expect(sent.mock.calls).toEqual([[webhook]]);
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "pending",
      attempts: 0,
      delivered_at: null,
    });
    await deliverTo(sent.mock.calls[0]?.[0]);
    const requests = await receivedRequests(webhook.url);
    expect(requests.map(({ headers }) => headers["webhook-id"])).toEqual([webhook.id, webhook.id]);
    expect((await deliveryRow(webhook.id)).status).toBe(
      behaviour === "ok" ? "delivered" : "failed",
    );
  });

  it("gives a fresh day", async () => {
    const webhook = await deliverOnce("gone");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 7 * 24 * 60 * 60 * 1000 });
    try {
      await redeliver(webhook, aQueue());
      await env.DB.prepare("UPDATE webhook_deliveries SET url = ? WHERE id = ?")
        .bind(webhook.url.replace("/gone/", "/500/"), webhook.id)
        .run();
      await deliverTo(webhook);
      expect(await deliveryRow(webhook.id)).toMatchObject({
        status: "pending",
        attempts: 1,
        last_status: 500,
        expires_at: Date.now() + 24 * 60 * 60 * 1000,
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("is a conflict while it is pending, and changes nothing", async () => {
    const webhook = await deliverOnce("500");
    const before = await deliveryRow(webhook.id);
    const { sent, WEBHOOKS } = aQueue();
    const response = await redeliver(webhook, { WEBHOOKS });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "DELIVERY_PENDING" });
    expect(sent).not.toHaveBeenCalled();
    expect(await deliveryRow(webhook.id)).toEqual(before);
  });

  it("twice at once sends one message", async () => {
    const webhook = await deliverOnce("gone");
    const { sent, WEBHOOKS } = aQueue();
    const responses = await Promise.all([
      redeliver(webhook, { WEBHOOKS }),
      redeliver(webhook, { WEBHOOKS }),
    ]);
    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409]);
    expect(sent).toHaveBeenCalledTimes(1);
  });

  it("brings back a pending webhook whose message was lost", async () => {
    const webhook = await deliverOnce("500");
    await env.DB.prepare("UPDATE webhook_deliveries SET next_attempt_at = ? WHERE id = ?")
      .bind(Date.now() - 2 * 60 * 60 * 1000, webhook.id)
      .run();
    expect((await redeliver(webhook, aQueue())).status).toBe(202);
  });

  it("leaves it as it was when the queue takes no message", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const webhook = await deliverOnce();
    const { message_id: _, ...before } = await deliveryRow(webhook.id);
    const { sent, WEBHOOKS } = aQueue();
    sent.mockRejectedValue(new Error("The queue is down"));
    expect((await redeliver(webhook, { WEBHOOKS })).status).toBe(500);
    expect(await deliveryRow(webhook.id)).toMatchObject(before);
    expect((await redeliver(webhook, aQueue())).status).toBe(202);
  });
});
