import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deliverWebhooks } from "../../queues/deliver-webhooks.ts";
import type { WebhookMessage } from "../../src/pipeline/messages.ts";
import { deliveryWindowMs } from "../../src/webhooks/delivery-outcome.ts";
import { deleteExpiredDeliveries } from "../../src/webhooks/delivery-store.ts";
import { buildMessage, buildBatch, deliver } from "../support/queue-messages.ts";
import {
  buildSecret,
  buildWebhook,
  receivedRequests,
  deliveryRow,
  secret,
  webhookEnv,
} from "../support/build-webhook.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

type Delivered = ReturnType<typeof buildMessage<unknown>>;

/** What was done to a message: null for an ack, or the seconds it is retried after. */
function settled({ ack, retry }: Delivered): number | null {
  expect(ack.mock.calls.length + retry.mock.calls.length).toBe(1);
  return retry.mock.calls[0]?.[0]?.delaySeconds ?? null;
}

/** The same message once more, as the platform hands it out. */
const again = (message: Delivered): Delivered => ({
  ...buildMessage(message.body, message.attempts + 1),
  id: message.id,
});

async function delivered(message: Delivered, bindings = webhookEnv()) {
  await deliver("webhooks", [message], bindings);
  return settled(message);
}

/** Redelivers a message whenever its wait is over, until it is acknowledged. */
async function deliveredToTheEnd(first: Delivered, bindings = webhookEnv()) {
  let message = first;
  for (let seconds = await delivered(message, bindings); seconds !== null;) {
    wait(seconds);
    message = again(message);
    seconds = await delivered(message, bindings);
    expect(message.attempts).toBeLessThan(100);
  }
}

describe("a webhook", () => {
  it("is delivered once with its payload, and its row records that", async () => {
    const webhook = buildWebhook();
    expect(await delivered(buildMessage(webhook))).toBeNull();
    const [request, ...others] = await receivedRequests(webhook.url);
    expect(others).toEqual([]);
    expect(JSON.parse(request?.body ?? "")).toEqual(webhook.payload);
    expect(request?.headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": webhook.id,
      "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
    });
    expect(await deliveryRow(webhook.id)).toMatchObject({
      job_id: webhook.jobId,
      user_id: "user-1",
      url: webhook.url,
      type: "scan.completed",
      status: "delivered",
      attempts: 1,
      last_status: 200,
      last_error: null,
      created_at: Date.now(),
      last_attempt_at: Date.now(),
      next_attempt_at: null,
      delivered_at: Date.now(),
    });
  });

  it("verifies by both secrets while they rotate, and by no other", async () => {
    const [webhook, old] = [buildWebhook(), buildSecret()];
    await delivered(buildMessage(webhook), webhookEnv({ WEBHOOK_SECRETS: `${secret} ${old}` }));
    const [{ body, headers } = { body: "", headers: {} }] = await receivedRequests(webhook.url);
    expect(new Webhook(secret).verify(body, headers)).toEqual(webhook.payload);
    expect(new Webhook(old).verify(body, headers)).toEqual(webhook.payload);
    expect(() => new Webhook(buildSecret()).verify(body, headers)).toThrow("No matching signature");
  });

  it("is retried under the same id and body, with a time and signature of its own", async () => {
    const webhook = buildWebhook("500-then-ok");
    const message = buildMessage(webhook);
    const seconds = await delivered(message);
    expect(seconds).toBeLessThanOrEqual(10);
    const failedAt = Date.now();
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "pending",
      attempts: 1,
      last_status: 500,
      last_error: "HTTP 500",
      next_attempt_at: failedAt + (seconds ?? 0) * 1000,
    });
    wait(10);
    expect(await delivered(again(message))).toBeNull();
    const [first, second] = await receivedRequests(webhook.url);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.headers["webhook-timestamp"]).not.toBe(first?.headers["webhook-timestamp"]);
    expect(new Webhook(secret).verify(second?.body ?? "", second?.headers ?? {})).toBeTruthy();
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "delivered",
      attempts: 2,
      last_status: 200,
      last_error: null,
      created_at: failedAt,
    });
  });

  it.each([
    ["500", 500, "HTTP 500 out of order"],
    ["redirect", 307, "HTTP 307"],
    ["retry-after", 503, "HTTP 503"],
    ["no-such-path", 404, "HTTP 404"],
    ["reset", null, expect.stringMatching(/./)],
    ["endless", 500, expect.stringMatching(/^HTTP 500 x{1,1024}$/)],
    ["slow", null, expect.stringMatching(/abort|time/i), 500],
  ])(
    "is retried after a response with %s",
    async (behaviour, status, error, timeoutMs?: number) => {
      const webhook = buildWebhook(behaviour);
      const message = buildMessage(webhook);
      await deliverWebhooks(timeoutMs)(buildBatch("webhooks", [message]), webhookEnv());
      expect(settled(message)).not.toBeNull();
      expect(await deliveryRow(webhook.id)).toMatchObject({
        status: "pending",
        attempts: 1,
        last_status: status,
        last_error: error,
      });
    },
  );

  it("follows no redirect", async () => {
    const webhook = buildWebhook("redirect");
    await delivered(buildMessage(webhook));
    expect(await receivedRequests(new URL("/ok/redirected", webhook.url).href)).toEqual([]);
  });

  it("is accepted by its status, whatever becomes of the body", async () => {
    const webhook = buildWebhook("ok-without-end");
    expect(await delivered(buildMessage(webhook))).toBeNull();
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "delivered", last_status: 200 });
  });

  it.each([
    ["retry-after", 120],
    ["retry-after-a-week", 2 * 60 * 60],
  ])("waits as %s asks for, up to 2 h", async (behaviour, seconds) => {
    expect(await delivered(buildMessage(buildWebhook(behaviour)))).toBe(seconds);
  });

  it("fails for good after a 410", async () => {
    const webhook = buildWebhook("gone");
    expect(await delivered(buildMessage(webhook))).toBeNull();
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "failed",
      last_status: 410,
      next_attempt_at: null,
    });
  });

  it("fails after a day, with the last response", async () => {
    const webhook = buildWebhook("500");
    const startedAt = Date.now();
    await deliveredToTheEnd(buildMessage(webhook));
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "failed",
      last_status: 500,
      last_error: "HTTP 500 out of order",
      next_attempt_at: null,
    });
    const requests = await receivedRequests(webhook.url);
    expect(requests).toHaveLength((await deliveryRow(webhook.id)).attempts);
    const times = requests.map(({ headers }) => Number(headers["webhook-timestamp"]) * 1000);
    expect(Math.max(...times) - startedAt).toBeLessThan(24 * 60 * 60 * 1000);
    expect(Math.max(...times) - startedAt).toBeGreaterThan(21 * 60 * 60 * 1000);
  });

  it("is not delivered after its window, when its queue had stopped", async () => {
    const webhook = buildWebhook("500-then-ok");
    const message = buildMessage(webhook);
    await delivered(message);
    wait(24 * 60 * 60);
    expect(await delivered(again(message))).toBeNull();
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "failed",
      last_error: "HTTP 500",
    });
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
  });

  it("is not delivered to an address that is refused by now", async () => {
    const webhook = buildWebhook();
    expect(await delivered(buildMessage(webhook), webhookEnv({ AUTH_MODE: "jwt" }))).toBeNull();
    expect(await receivedRequests(webhook.url)).toEqual([]);
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "failed",
      last_status: null,
      last_error: "The callback_url has to be an https URL.",
    });
  });

  it.each(["", "hush"])("waits for secrets while they are %j", async (WEBHOOK_SECRETS) => {
    const webhook = buildWebhook();
    const message = buildMessage(webhook);
    expect(await delivered(message, webhookEnv({ WEBHOOK_SECRETS }))).not.toBeNull();
    const { status, last_error } = await deliveryRow(webhook.id);
    expect(status).toBe("pending");
    expect(last_error).toContain("WEBHOOK_SECRETS");
    expect(last_error).not.toContain("hush");
    wait(10);
    expect(await delivered(again(message))).toBeNull();
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
  });

  it("does not block others, and each is settled by itself", async () => {
    const good = buildMessage<unknown>(buildWebhook());
    const bad = buildMessage<unknown>(buildWebhook("500"));
    const slow = buildMessage<unknown>(buildWebhook("slow"));
    const unreadable = buildMessage<unknown>({ id: 1 });
    const batch = buildBatch("webhooks", [slow, good, unreadable, bad]);
    await deliverWebhooks(500)(batch, webhookEnv());
    expect([slow, good, unreadable, bad].map((it) => settled(it) === null)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });
});

describe("a duplicate", () => {
  it("of a delivered one that is deleted since is not delivered again", async () => {
    const webhook = buildWebhook();
    await delivered(buildMessage(webhook));
    wait(7 * 24 * 60 * 60 + 1);
    await deleteExpiredDeliveries(env.DB, Date.now());
    expect(await delivered(buildMessage(webhook))).toBeNull();
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
  });

  it("in the same batch is delivered once", async () => {
    const webhook = buildWebhook();
    const twins = [buildMessage(webhook), buildMessage(webhook)];
    await deliver("webhooks", twins, webhookEnv());
    expect(twins.map(settled)).toEqual([null, null]);
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "delivered", attempts: 1 });
  });

  it("of a delivered one is acknowledged, under either message's id", async () => {
    const webhook = buildWebhook();
    const first = buildMessage(webhook);
    await delivered(first);
    expect(await delivered(again(first))).toBeNull();
    expect(await delivered(buildMessage(webhook))).toBeNull();
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
  });

  it("of one that waits adds no attempt, and uses none of its time", async () => {
    const webhook = buildWebhook("500-then-ok");
    const first = buildMessage(webhook);
    await delivered(first);
    expect(await delivered(buildMessage(webhook))).toBeNull();
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
    wait(10);
    expect(await delivered(again(first))).toBeNull();
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "delivered", attempts: 2 });
  });

  it("of one that is late takes its place", async () => {
    const webhook = buildWebhook("retry-after");
    const [late, duplicate] = [buildMessage(webhook), buildMessage(webhook)];
    await delivered(late);
    wait(120);
    expect(await delivered(duplicate)).toBe(120);
    expect(await delivered(again(late))).toBeNull();
    expect(await receivedRequests(webhook.url)).toHaveLength(2);
    wait(120);
    expect(await delivered(again(duplicate))).not.toBeNull();
  });

  it("of the message that is being delivered waits for its end", async () => {
    const webhook = buildWebhook();
    const first = buildMessage(webhook);
    const second = again(first);
    await deliver("webhooks", [first, second], webhookEnv());
    expect(new Set([first, second].map(settled))).toEqual(new Set([20, null]));
    wait(20);
    expect(await delivered(again(second))).toBeNull();
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
  });

  it("that is redelivered too soon waits for its time", async () => {
    const webhook = buildWebhook("retry-after");
    const message = buildMessage(webhook);
    expect(await delivered(message)).toBe(120);
    wait(20);
    expect(await delivered(again(message))).toBe(100);
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
  });
});

/** A way to die: `at` a step, before it has had its effect or after, when its answer is lost. */
type Death = "before" | "after";

/** D1 whose n-th call fails, or all of them. */
function dying(nth: number, death: Death): D1Database {
  let calls = 0;
  const step = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    const dies = ++calls === nth || nth === Infinity;
    if (dies && death === "before") throw new Error("D1 is down");
    const result = await call();
    if (dies) throw new Error("D1 was cut off");
    return result;
  };
  const mortal = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, key) {
        if (key === "bind") return (...values: unknown[]) => mortal(target.bind(...values));
        if (key === "run") return () => step(() => target.run());
        return Reflect.get(target, key) as unknown;
      },
    });
  return new Proxy(env.DB, {
    get(target, key) {
      if (key === "batch") {
        return (statements: D1PreparedStatement[]) => step(() => target.batch(statements));
      }
      return (query: string) => {
        const statement = target.prepare(query);
        // Statements of a batch are handed on to D1 itself, so they stay what they are.
        return query.includes("last_status = ?") ? mortal(statement) : statement;
      };
    },
  });
}

describe("a process that dies", () => {
  const fetchDying = (death: Death) => {
    const real = globalThis.fetch;
    vi.spyOn(globalThis, "fetch").mockImplementationOnce(async (...request) => {
      if (death === "after") await real(...request);
      throw new Error("Network connection lost.");
    });
    return webhookEnv();
  };

  it.each<[string, () => Env, { deliveries: number }]>([
    ["before the row is written", () => webhookEnv({ DB: dying(1, "before") }), { deliveries: 1 }],
    ["when the row is written", () => webhookEnv({ DB: dying(1, "after") }), { deliveries: 1 }],
    ["before the POST", () => fetchDying("before"), { deliveries: 1 }],
    ["when the POST has arrived", () => fetchDying("after"), { deliveries: 2 }],
    [
      "before the answer is recorded",
      () => webhookEnv({ DB: dying(2, "before") }),
      { deliveries: 2 },
    ],
    ["when the answer is recorded", () => webhookEnv({ DB: dying(2, "after") }), { deliveries: 1 }],
  ])("%s, a webhook is delivered all the same", async (_, deathly, { deliveries }) => {
    const webhook = buildWebhook();
    const message = buildMessage(webhook);
    const seconds = await delivered(message, deathly());
    expect(seconds).not.toBeNull();
    wait(seconds ?? 0);
    await deliveredToTheEnd(again(message));
    const requests = await receivedRequests(webhook.url);
    expect(requests).toHaveLength(deliveries);
    expect(new Set(requests.map(({ headers }) => headers["webhook-id"]))).toEqual(
      new Set([webhook.id]),
    );
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "delivered", last_status: 200 });
  });

  it.each<[string, (webhook: WebhookMessage) => Promise<unknown>, number]>([
    // The process is gone at once: nobody settles the message, and the platform redelivers it soon.
    [
      "after the claim",
      async (webhook) => {
        const never = () => new Promise<Response>(() => {});
        vi.spyOn(globalThis, "fetch").mockImplementationOnce(never);
        void deliver("webhooks", [firstOf(webhook)], webhookEnv());
        await vi.waitFor(() => expect(globalThis.fetch).toHaveBeenCalled());
      },
      1,
    ],
    [
      "after the record of a failure",
      (webhook) => deliver("webhooks", [firstOf(webhook)], webhookEnv()),
      2,
    ],
  ])("%s without a word, it goes on when its time has come", async (step, die, count) => {
    const webhook = buildWebhook(step.includes("failure") ? "500-then-ok" : "ok");
    await die(webhook);
    const redelivered = again(firstOf(webhook));
    await deliveredToTheEnd(redelivered);
    expect(await receivedRequests(webhook.url)).toHaveLength(count);
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "delivered", attempts: 2 });
  });

  const firstOf = (webhook: WebhookMessage): Delivered => ({
    ...buildMessage<unknown>(webhook),
    id: `message of ${webhook.id}`,
  });

  it("in a failure that comes late does not undo what a later try has achieved", async () => {
    const webhook = buildWebhook();
    const message = buildMessage(webhook);
    const { promise, reject } = Promise.withResolvers<Response>();
    const fetching = vi.spyOn(globalThis, "fetch").mockImplementationOnce(() => promise);
    const late = deliver("webhooks", [message], webhookEnv());
    await vi.waitFor(() => expect(fetching).toHaveBeenCalled());
    wait(20);
    expect(await delivered(again(message))).toBeNull();
    reject(new Error("Network connection lost."));
    await late;
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "delivered",
      attempts: 2,
      last_error: null,
    });
  });

  it("of D1 loses nothing, and its retries come ever more seldom", async () => {
    const webhook = buildWebhook();
    vi.spyOn(Math, "random").mockReturnValue(1);
    const down = webhookEnv({ DB: dying(Infinity, "before") });
    let message: Delivered = buildMessage(webhook);
    const waits: (number | null)[] = [];
    for (let time = 0; time < 3; time++, message = again(message)) {
      waits.push(await delivered(message, down));
    }
    expect(waits).toEqual([30, 40, 60]);
    expect(await receivedRequests(webhook.url)).toEqual([]);
    expect(await delivered(message)).toBeNull();
    expect(await receivedRequests(webhook.url)).toHaveLength(1);
  });
});

describe("a dead letter", () => {
  it("is left to the sweep while its window lasts, with its last error", async () => {
    const webhook = buildWebhook("500-then-ok");
    await delivered(buildMessage(webhook));
    const deadLetter = buildMessage(webhook);
    await deliver("dlq-webhooks", [deadLetter], webhookEnv());
    expect(settled(deadLetter)).toBeNull();
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "pending",
      last_status: 500,
      next_attempt_at: Date.now(),
    });
    await delivered(buildMessage(webhook));
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "delivered" });
  });

  it("has failed when its window is over, with its last error", async () => {
    const webhook = buildWebhook("500");
    await delivered(buildMessage(webhook));
    vi.setSystemTime(Date.now() + deliveryWindowMs);
    await deliver("dlq-webhooks", [buildMessage(webhook)], webhookEnv());
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "failed",
      last_status: 500,
      last_error: "HTTP 500 out of order",
      next_attempt_at: null,
    });
  });

  it("of a webhook that D1 has never seen makes it known", async () => {
    const webhook = buildWebhook();
    await deliver("dlq-webhooks", [buildMessage(webhook)], webhookEnv());
    expect(await deliveryRow(webhook.id)).toMatchObject({
      status: "pending",
      attempts: 0,
      url: webhook.url,
      last_error: expect.stringContaining("queue"),
    });
    expect(await receivedRequests(webhook.url)).toEqual([]);
  });

  it("of a delivered webhook changes nothing", async () => {
    const webhook = buildWebhook();
    await delivered(buildMessage(webhook));
    const before = await deliveryRow(webhook.id);
    await deliver("dlq-webhooks", [buildMessage(webhook)], webhookEnv());
    expect(await deliveryRow(webhook.id)).toEqual(before);
  });

  it("that nobody can read is archived as it came, and its words are in no log", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const deadLetters = [buildMessage<unknown>({ odd: "body" }), buildMessage<unknown>("not json")];
    await deliver("dlq-webhooks", deadLetters, webhookEnv());
    expect(deadLetters.map(settled)).toEqual([null, null]);
    const { results } = await env.DB.prepare(
      "SELECT body, status FROM dead_letters WHERE id IN (?, ?) ORDER BY body",
    )
      .bind(...deadLetters.map(({ id }) => id))
      .all();
    expect(results).toEqual([
      { body: '"not json"', status: "archived" },
      { body: '{"odd":"body"}', status: "archived" },
    ]);
    const lines = logged.mock.calls.map(([line]) => String(line));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).not.toMatch(/odd|not json/);
  });

  it("waits for D1", async () => {
    const webhook = buildWebhook();
    const deadLetter = buildMessage(webhook, 3);
    await deliver("dlq-webhooks", [deadLetter], webhookEnv({ DB: dying(Infinity, "before") }));
    expect(settled(deadLetter)).toBe(480);
    const next = again(deadLetter);
    await deliver("dlq-webhooks", [next], webhookEnv());
    expect(await deliveryRow(webhook.id)).toMatchObject({ status: "pending", attempts: 0 });
  });
});
