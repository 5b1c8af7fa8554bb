import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { claimMs, listAlerts, reconcile } from "../../src/alerts/alert-store.ts";
import { deliverNotifications } from "../../src/alerts/deliver-notifications.ts";
import { buildSecret, receivedRequests, secret, webhookEnv } from "../support/build-webhook.ts";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await env.DB.prepare("DELETE FROM alerts").run();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** A receiver that only this test has, and the settings that name it. */
function aReceiver(behaviour = "ok") {
  const url = `${inject("receiverBaseURL")}/${behaviour}/${crypto.randomUUID()}`;
  return { url, bindings: webhookEnv({ ALERT_WEBHOOK_URL: url }) };
}

const firing = { rule: "backlog", target: "scan-vision", value: 1_500, threshold: 1_000 };
const open = () => reconcile(env.DB, [firing], [], Date.now());
const resolve = () => reconcile(env.DB, [], [], Date.now());

interface Notification {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** What the receiver has got, oldest first. */
const toldTo = async (url: string) =>
  (await receivedRequests(url)).map(({ body, headers }) => {
    const notification: Notification = JSON.parse(body);
    return Object.assign(notification, { id: headers["webhook-id"] });
  });

const theAlert = async () => (await listAlerts(env.DB))[0];

describe("the receiver of alerts", () => {
  it("receives one notification when an alert fires, and one when it is resolved", async () => {
    const { url, bindings } = aReceiver();
    await open();
    for (let run = 0; run < 3; run++) await deliverNotifications(bindings);
    const opened_at = new Date().toISOString();
    expect(await toldTo(url)).toMatchObject([
      {
        type: "alert.opened",
        timestamp: opened_at,
        data: { ...firing, message: expect.any(String), opened_at, resolved_at: null },
      },
    ]);
    wait(300_000);
    await resolve();
    for (let run = 0; run < 3; run++) await deliverNotifications(bindings);
    const [, second, ...more] = await toldTo(url);
    expect(second).toMatchObject({
      type: "alert.resolved",
      data: { opened_at, resolved_at: new Date().toISOString() },
    });
    expect(more).toEqual([]);
  });

  it("receives a link to the page that shows the cause", async () => {
    const { url, bindings } = aReceiver();
    await open();
    await deliverNotifications({ ...bindings, PUBLIC_URL: "https://eco2.example.com" });
    const page = "https://eco2.example.com/ops#/health";
    expect(await toldTo(url)).toMatchObject([{ data: { page } }]);
    wait(300_000);
    await resolve();
    await deliverNotifications(bindings);
    expect((await toldTo(url))[1]).toMatchObject({ data: { page: "/ops#/health" } });
  });

  it("can verify it by the secrets of webhooks, and by no other", async () => {
    const { url, bindings } = aReceiver();
    await open();
    await deliverNotifications(bindings);
    const [{ body, headers } = { body: "", headers: {} }] = await receivedRequests(url);
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: "alert.opened" });
    expect(() => new Webhook(buildSecret()).verify(body, headers)).toThrow("No matching signature");
  });

  it("receives one notification when several runs overlap", async () => {
    const { url, bindings } = aReceiver();
    await open();
    await Promise.all([1, 2, 3, 4].map(() => deliverNotifications(bindings)));
    expect(await toldTo(url)).toHaveLength(1);
  });

  it("receives it again under the same id when it did not accept it", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { url, bindings } = aReceiver("500-then-ok");
    await open();
    await deliverNotifications(bindings);
    expect(await theAlert()).toMatchObject({
      opened_delivered_at: null,
      attempts: 1,
      last_error: "HTTP 500",
    });
    wait(300_000);
    await deliverNotifications(bindings);
    await deliverNotifications(bindings);
    const [first, second, ...more] = await toldTo(url);
    expect(second).toEqual(first);
    expect(more).toEqual([]);
    expect(await theAlert()).toMatchObject({ opened_delivered_at: Date.now(), last_error: null });
  });

  it("delivers what was opened and resolved, in order, when the receiver was down meanwhile", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { url, bindings } = aReceiver("500-then-ok");
    await open();
    await deliverNotifications(bindings);
    wait(300_000);
    await resolve();
    await deliverNotifications(bindings);
    expect((await toldTo(url)).map(({ type }) => type)).toEqual([
      "alert.opened",
      "alert.opened",
      "alert.resolved",
    ]);
  });

  it("receives it again when the process died before the delivery was recorded", async () => {
    const { url, bindings } = aReceiver();
    await open();
    const dying = {
      ...bindings,
      DB: new Proxy(env.DB, {
        get: (target, key): unknown =>
          key === "prepare"
            ? (query: string) => {
                if (query.includes("opened_delivered_at = coalesce")) throw new Error("died");
                return target.prepare(query);
              }
            : Reflect.get(target, key),
      }),
    };
    await expect(deliverNotifications(dying)).rejects.toThrow("died");
    await deliverNotifications(bindings);
    expect(await toldTo(url)).toHaveLength(1);
    wait(claimMs);
    await deliverNotifications(bindings);
    const [first, second] = await toldTo(url);
    expect(second).toEqual(first);
    await deliverNotifications(bindings);
    expect(await toldTo(url)).toHaveLength(2);
  });

  it("is not waited for without end", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    await open();
    await deliverNotifications(aReceiver("slow").bindings, 200);
    expect(await theAlert()).toMatchObject({ opened_delivered_at: null, claimed_until: 0 });
  });

  it.each([
    ["without a secret", { WEBHOOK_SECRETS: "" }, "WEBHOOK_SECRETS is empty"],
    ["with a secret that is none", { WEBHOOK_SECRETS: "hush" }, "has to be whsec_"],
    ["in a private network", { ALERT_WEBHOOK_URL: "https://10.0.0.1/" }, "public host"],
    ["over plain http", { ALERT_WEBHOOK_URL: "http://hooks.example.com/" }, "https"],
  ])("%s is not called, and the alert has the reason", async (_, settings, reason) => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const { url, bindings } = aReceiver();
    await open();
    await deliverNotifications({ ...bindings, ...settings });
    expect(await receivedRequests(url)).toEqual([]);
    expect(await theAlert()).toMatchObject({ last_error: expect.stringContaining(reason) });
    expect(String(error.mock.calls[0]?.[0])).toContain("alert.not_delivered");
    // Once it is repaired, it is notified.
    await deliverNotifications(bindings);
    expect(await toldTo(url)).toHaveLength(1);
  });

  it("changes nothing without a receiver, and delivers what is still open when one is configured later", async () => {
    await open();
    await deliverNotifications(webhookEnv({ ALERT_WEBHOOK_URL: "" }));
    expect(await theAlert()).toMatchObject({ attempts: 0, opened_delivered_at: null });
    const { url, bindings } = aReceiver();
    await deliverNotifications(bindings);
    expect(await toldTo(url)).toHaveLength(1);
  });

  it("receives nothing about an alert that ended more than a day ago", async () => {
    await open();
    await resolve();
    wait(24 * 60 * 60 * 1000 + 1);
    const { url, bindings } = aReceiver();
    await deliverNotifications(bindings);
    expect(await receivedRequests(url)).toEqual([]);
  });
});
