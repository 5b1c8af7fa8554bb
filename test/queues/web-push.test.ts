import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { importJWK, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import type { ScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import { WebhookMessage } from "../../src/pipeline/messages.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import { isPushEndpoint } from "../../src/web-push/push-endpoint.ts";
import { deliveryRow, receivedRequests } from "../support/build-webhook.ts";
import { eraseAccount } from "../support/erase-user.ts";
import { buildSubmission, completeStages, jobOf, parkJob } from "../support/job-builders.ts";
import { buildMessage, deliver } from "../support/queue-messages.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const noLimits = { perDay: null, atOnce: null };
const subscription = "00112233445566778899aabbccddeeff";

/** A user with a scan and a browser that is subscribed at the stand-in of a push service. */
async function subscribed(behaviour = "ok", request: Partial<ScanRequest> = {}) {
  const userId = crypto.randomUUID();
  const account = env.USER_ACCOUNT.getByName(userId);
  const endpoint = `${inject("receiverBaseURL")}/${behaviour}/${userId}`;
  await account.addPush(subscription, endpoint);
  const submission = buildSubmission(request, { userId });
  const { jobId } = submission;
  await account.admit(jobId, noLimits);
  const job = jobOf(jobId);
  await job.submit(submission);
  const pushes: WebhookMessage[] = [];
  await runInDurableObject(job, (instance: ScanJob) => {
    vi.spyOn(instance["env"].WEBHOOKS, "send").mockImplementation(
      (message: unknown): ReturnType<Queue["send"]> => {
        pushes.push(WebhookMessage.parse(message));
        return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
      },
    );
  });
  return { userId, account, endpoint, job, jobId, pushes };
}
type Subscribed = Awaited<ReturnType<typeof subscribed>>;

/** Parks the scan, and completes it when it is redriven. */
async function parkAndComplete({ job }: Subscribed) {
  await parkJob(job, "vision");
  await job.resume("vision", "redrive-1");
  await completeStages(job);
}

/** Parks and completes a scan, whose push is then sent. */
async function pushed(behaviour: string, bindings: Partial<Env> = {}) {
  const scan = await subscribed(behaviour);
  await parkAndComplete(scan);
  const [push] = scan.pushes;
  if (!push) throw new Error("There is no push");
  const message = buildMessage<unknown>(push);
  await deliver("webhooks", [message], { ...env, ...bindings });
  return { ...scan, push, message };
}

describe("a browser that is subscribed", () => {
  it("is told once that a parked scan has completed, however often its effects are published", async () => {
    const scan = await subscribed();
    await parkAndComplete(scan);
    const { job, jobId, userId, pushes, endpoint, account } = scan;
    vi.setSystemTime(Date.now() + 61 * 60 * 1000);
    await runInDurableObject(job, (instance: ScanJob) => instance.alarm());
    expect(pushes.length).toBeGreaterThan(1);
    expect(new Set(pushes.map(({ id }) => id)).size).toBe(1);
    for (const push of pushes) await deliver("webhooks", [buildMessage<unknown>(push)]);
    expect(await receivedRequests(endpoint)).toHaveLength(1);
    expect(pushes[0]).toMatchObject({ jobId, userId, url: inject("receiverBaseURL") });
    expect(JSON.stringify(pushes)).not.toContain(endpoint);
    expect((await account.pushState()).ended).toMatchObject([
      { job_id: jobId, status: "completed", middle: "무색페트병" },
    ]);
  });

  it("is sent no payload, a TTL, and a token that the public key verifies for the push service", async () => {
    const { endpoint } = await pushed("ok");
    const [request] = await receivedRequests(endpoint);
    expect(request?.body).toBe("");
    const headers = request?.headers ?? {};
    expect(headers).toMatchObject({ ttl: "86400", urgency: "normal", "content-length": "0" });
    expect(headers["topic"]).toMatch(/^[\w-]{32}$/);
    expect(headers["content-type"]).toBeUndefined();
    const [, token = "", key = ""] =
      /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(headers["authorization"] ?? "") ?? [];
    expect(key).toBe(env.VAPID_PUBLIC_KEY);
    const point = Uint8Array.fromBase64(key, { alphabet: "base64url" });
    const part = (from: number) =>
      point.slice(from, from + 32).toBase64({ alphabet: "base64url", omitPadding: true });
    const jwk = await importJWK({ kty: "EC", crv: "P-256", x: part(1), y: part(33) }, "ES256");
    const { payload, protectedHeader } = await jwtVerify(token, jwk, {
      audience: new URL(endpoint).origin,
      subject: env.VAPID_SUBJECT,
    });
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "JWT" });
    const seconds = (payload.exp ?? 0) - Date.now() / 1000;
    expect(seconds).toBeGreaterThan(60 * 60);
    expect(seconds).toBeLessThanOrEqual(24 * 60 * 60);
  });

  it("is told that a parked scan was discarded", async () => {
    const scan = await subscribed();
    await parkJob(scan.job, "vision");
    await scan.job.archive({ code: "DISCARDED", message: "사진이 너무 어두워요." });
    expect(scan.pushes).toHaveLength(1);
    expect((await scan.account.pushState()).ended).toMatchObject([
      { job_id: scan.jobId, status: "failed", error_code: "DISCARDED" },
    ]);
  });

  it("is not told of a scan that its resident cancelled, nor of one that was never parked", async () => {
    const cancelled = await subscribed();
    await parkJob(cancelled.job, "vision");
    await cancelled.job.cancel(cancelled.userId);
    expect(cancelled.pushes).toEqual([]);
    const smooth = await subscribed();
    await completeStages(smooth.job);
    expect(smooth.pushes).toEqual([]);
    expect((await smooth.account.pushState()).ended).toEqual([]);
  });

  it("is not told of an end before it subscribed", async () => {
    const scan = await subscribed();
    await scan.account.removePush(subscription);
    await parkAndComplete(scan);
    expect(scan.pushes).toEqual([]);
    vi.setSystemTime(Date.now() + 61 * 60 * 1000);
    await scan.account.addPush(subscription, scan.endpoint);
    await runInDurableObject(scan.job, (instance: ScanJob) => instance.alarm());
    expect(scan.pushes).toEqual([]);
  });

  it.each(["gone", "no-such-path"])(
    "is dropped when its push service answers with %s",
    async (behaviour) => {
      const { account, push, message } = await pushed(behaviour);
      expect(message.ack).toHaveBeenCalledOnce();
      expect(await deliveryRow(push.id)).toMatchObject({ status: "failed" });
      expect(await account.pushEndpoint(subscription)).toBeNull();
    },
  );

  it("is told later when its push service fails, and then once", async () => {
    const { endpoint, account, push, message } = await pushed("500-then-ok");
    expect(message.retry).toHaveBeenCalledOnce();
    vi.setSystemTime(Date.now() + 20_000);
    await deliver("webhooks", [{ ...buildMessage<unknown>(push, 2), id: message.id }]);
    expect(await receivedRequests(endpoint)).toHaveLength(2);
    expect(await deliveryRow(push.id)).toMatchObject({ status: "delivered" });
    expect(await account.pushEndpoint(subscription)).toBe(endpoint);
  });

  it("waits while the keys are not valid, and is sent nothing after it has unsubscribed", async () => {
    const { endpoint, account, push, message } = await pushed("ok", { VAPID_SUBJECT: "nobody" });
    expect(message.retry).toHaveBeenCalledOnce();
    expect((await deliveryRow(push.id)).last_error).toContain("VAPID_SUBJECT");
    await account.removePush(subscription);
    vi.setSystemTime(Date.now() + 20_000);
    await deliver("webhooks", [{ ...buildMessage<unknown>(push, 2), id: message.id }]);
    expect(await receivedRequests(endpoint)).toEqual([]);
    expect(await deliveryRow(push.id)).toMatchObject({ status: "failed" });
  });

  it("is forgotten when its user is erased", async () => {
    const { account, userId } = await subscribed();
    await eraseAccount(userId);
    expect(await account.pushEndpoint(subscription)).toBeNull();
    expect(await account.pushState()).toEqual({ subscriptions: [], ended: [] });
  });

  it("is sent beside one whose endpoint cannot be read", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { account, jobId } = await subscribed();
    await runInDurableObject(account, (_, { storage }) =>
      storage.kv.put("push:damaged", { endpoint: "damaged", since: 1 }),
    );
    expect(await account.endParked(jobId, Date.now())).toMatchObject([{ id: subscription }]);
  });

  it("makes room for a sixth browser when it is the oldest", async () => {
    const { account, endpoint } = await subscribed();
    for (let nth = 1; nth <= 5; nth++) {
      vi.setSystemTime(Date.now() + 1_000);
      await account.addPush(`${nth}`.repeat(32), `${endpoint}/${nth}`);
    }
    expect(await account.pushEndpoint(subscription)).toBeNull();
    expect(await account.pushEndpoint("1".repeat(32))).not.toBeNull();
  });
});

describe("the endpoint of a subscription", () => {
  it.each([
    "https://fcm.googleapis.com/fcm/send/abc",
    "https://web.push.apple.com/abc",
    "https://updates.push.services.mozilla.com/wpush/v2/abc",
    "https://wns2-sg2p.notify.windows.com/w/?token=abc",
  ])("may be %s", (address) => {
    expect(isPushEndpoint(address, { AUTH_MODE: "jwt" })).toBe(true);
  });

  it.each([
    "http://fcm.googleapis.com/fcm/send/abc",
    "https://fcm.googleapis.com:8443/abc",
    "https://user:pass@fcm.googleapis.com/abc",
    "https://fcm.googleapis.com.evil.example/abc",
    "https://evilfcm.googleapis.com/abc",
    "https://push.apple.com.evil.example/abc",
    "https://evilpush.apple.com/abc",
    "http://127.0.0.1:8080/abc",
    "https://169.254.169.254/latest",
    "file:///etc/passwd",
    "not a URL",
  ])("may not be %s", (address) => {
    expect(isPushEndpoint(address, { AUTH_MODE: "jwt" })).toBe(false);
  });
});
