import { z } from "zod";
import { erasedAmong } from "../src/erasure/erased-users.ts";
import { log } from "../src/platform/log.ts";
import { archiveUnreadable } from "../src/dead-letters/store.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { WebhookMessage } from "../src/pipeline/messages.ts";
import { callbackRefusal } from "../src/webhooks/callback-url.ts";
import { type Claim, d1Deliveries, leaseMs } from "../src/webhooks/deliveries.ts";
import type { Delivery } from "../src/webhooks/delivery.ts";
import { type Answer, post } from "../src/webhooks/post.ts";
import { backoff, type Outcome, outcomeOf } from "../src/webhooks/schedule.ts";
import { signedHeaders, webhookSecrets } from "../src/webhooks/signature.ts";
import type { Consumer } from "./consumer.ts";

const postTimeoutMs = 10_000;

/**
 * Tells clients' servers, at least once each: the row of a webhook is written before its POST and
 * after it, and the message is acknowledged last.
 */
export function deliverWebhooks(timeoutMs = postTimeoutMs): Consumer {
  return async function deliver({ messages }, env) {
    await Promise.all(messages.map((message) => deliverMessage(message, env, timeoutMs)));
  };
}

async function deliverMessage(message: Message, env: Env, timeoutMs: number): Promise<void> {
  const body = WebhookMessage.safeParse(message.body);
  const wait = body.success
    ? await advance(body.data, message, env, timeoutMs)
    : unreadable(message);
  if (wait === null) message.ack();
  else message.retry({ delaySeconds: wait });
}

/** What this version cannot read another may; it becomes a dead letter in the end. */
function unreadable({ id, attempts: delivery }: Message): number {
  log("error", "webhook.unreadable", { message: id, delivery });
  return retryDelaySeconds(delivery, backoff);
}

/** Makes a try if one is due. The seconds to wait for the next, or null when there is none. */
async function advance(
  webhook: WebhookMessage,
  message: Message,
  env: Env,
  timeoutMs: number,
): Promise<number | null> {
  try {
    if (await isErased(webhook, env)) return null;
    const deliveries = d1Deliveries(env.DB);
    const claim = await deliveries.claim(webhook, message.id, Date.now());
    if (claim.verdict !== "try") return passOver(claim, webhook, message);
    const { delivery } = claim;
    const startedAt = Date.now();
    const { answer, outcome } = await attempt(delivery, env, timeoutMs);
    tell(delivery, message, startedAt, answer, outcome);
    await deliveries.record(delivery, answer, outcome, Date.now());
    return outcome.status === "pending" ? outcome.seconds : null;
  } catch (error) {
    // D1 is down. A try of ours may have begun, which has to expire before the next.
    log("error", "webhook.store_down", { webhook: webhook.id, error: String(error) });
    return leaseMs / 1000 + retryDelaySeconds(message.attempts, backoff);
  }
}

/** A user who was erased meanwhile: nothing of theirs is written down again. */
async function isErased({ userId, payload }: WebhookMessage, env: Env): Promise<boolean> {
  const erasedAt = (await erasedAmong(env.DB, [userId])).get(userId);
  return erasedAt !== undefined && Date.parse(payload.timestamp) <= erasedAt;
}

function passOver(
  claim: Exclude<Claim, { verdict: "try" }>,
  { id: webhook, jobId: job }: WebhookMessage,
  { attempts: delivery }: Message,
): number | null {
  const { verdict: outcome } = claim;
  log("info", "webhook.attempt", { job, webhook, outcome, delivery });
  return claim.verdict === "early" ? claim.seconds : null;
}

/** One line a try; the address stays out of it, since it may carry its owner's keys. */
function tell(
  { id: webhook, job_id: job, type, attempts }: Delivery,
  { attempts: delivery }: Message,
  startedAt: number,
  { status }: Answer,
  outcome: Outcome,
) {
  log("info", "webhook.attempt", {
    job,
    webhook,
    type,
    outcome: outcome.status,
    status,
    attempts,
    delivery,
    retry_in_s: outcome.status === "pending" ? outcome.seconds : undefined,
    latency_ms: Date.now() - startedAt,
  });
}

async function attempt(
  delivery: Delivery,
  env: Env,
  timeoutMs: number,
): Promise<{ answer: Answer; outcome: Outcome }> {
  const { url, attempts, last_status, last_error, expires_at: expiresAt } = delivery;
  if (expiresAt <= Date.now()) {
    const error = last_error ?? "It was not delivered within its time.";
    return { answer: { status: last_status, error }, outcome: { status: "failed" } };
  }
  const refusal = callbackRefusal(url, env);
  if (refusal) {
    const error = `The callback_url ${refusal}.`;
    return { answer: { status: null, error }, outcome: { status: "failed" } };
  }
  const answer = await signAndPost(delivery, env, timeoutMs);
  return { answer, outcome: outcomeOf(answer, { attempts, expiresAt, now: Date.now() }) };
}

async function signAndPost(
  { id, url, payload }: Delivery,
  env: Env,
  timeoutMs: number,
): Promise<Answer> {
  let secrets: string[];
  try {
    secrets = webhookSecrets(env);
  } catch (error) {
    // The setting is not valid, which its operator may repair within the day.
    return { status: null, error: String(error) };
  }
  if (secrets.length === 0) return { status: null, error: "WEBHOOK_SECRETS is empty." };
  const headers = signedHeaders(secrets, { id, at: new Date(), body: payload });
  return post(url, payload, { ...headers, ...traceOf(payload) }, timeoutMs);
}

const Traced = z.object({ data: z.object({ traceparent: z.string() }) });

/** The trace that the receiver may go on with, as W3C has it; what was written without one has none. */
function traceOf(payload: string): Record<string, string> {
  const traced = Traced.safeParse(JSON.parse(payload));
  return traced.success ? { traceparent: traced.data.data.traceparent } : {};
}

/** The longest wait that a queue takes, in seconds. */
const longestWait = 12 * 60 * 60;

const unreadableLetter = (queue: string, { id, body }: Message) => ({
  id,
  stage: queue,
  code: "MESSAGE_UNREADABLE",
  message: "It is not a webhook that this version knows.",
  body: JSON.stringify(body) ?? "undefined",
});

/** Ends what the queue has given up, so that an operator finds it. */
export async function buryWebhooks({ queue, messages }: MessageBatch, env: Env): Promise<void> {
  await Promise.all(messages.map((message) => buryWebhook(queue, message, env)));
}

async function buryWebhook(queue: string, message: Message, env: Env): Promise<void> {
  const body = WebhookMessage.safeParse(message.body);
  const known = { webhook: body.data?.id, job: body.data?.jobId };
  try {
    if (!body.success) {
      log("error", "webhook.unreadable", { queue, message: message.id });
      await archiveUnreadable(env.DB, [unreadableLetter(queue, message)], Date.now());
      message.ack();
      return;
    }
    const reason = "The queue gave up before an answer came.";
    await d1Deliveries(env.DB).bury(body.data, message.id, reason, Date.now());
    log("warn", "webhook.dead", known);
    message.ack();
  } catch (error) {
    // D1 is down. There is no queue behind this one, so its retries have to outlast that.
    log("error", "webhook.store_down", { queue, ...known, error: String(error) });
    message.retry({ delaySeconds: Math.min(60 * 2 ** message.attempts, longestWait) });
  }
}
