import { log } from "../platform/log.ts";
import { callbackUrlError } from "../webhooks/callback-url-error.ts";
import { postWebhook } from "../webhooks/post-webhook.ts";
import { type AlertNotification, notificationOf } from "./alert-notification.ts";
import {
  type Alert,
  claimUndelivered,
  type DeliveryResult,
  recordDelivery,
} from "./alert-store.ts";

const postTimeoutMs = 10_000;

type Settings = Pick<Env, "AUTH_MODE" | "ALERT_WEBHOOK_URL" | "WEBHOOK_SECRETS" | "PUBLIC_URL">;

/**
 * Delivers notifications of opened and resolved alerts to `ALERT_WEBHOOK_URL`. Each alert is claimed
 * first, so that of two runs one delivers it. The next run retries what was not accepted.
 */
export async function deliverNotifications(
  env: Settings & Pick<Env, "DB">,
  timeoutMs = postTimeoutMs,
): Promise<void> {
  if (!env.ALERT_WEBHOOK_URL) return;
  const alerts = await claimUndelivered(env.DB, Date.now());
  await Promise.all(
    alerts.map(async (alert) => {
      const result = await deliver(alert, env, timeoutMs);
      if (result.error !== null) {
        const { id, rule, target } = alert;
        log("error", "alert.not_delivered", { alert: id, rule, target, error: result.error });
      }
      await recordDelivery(env.DB, alert, result);
    }),
  );
}

/** Delivers the opening before the resolution, so that the receiver gets them in order. */
async function deliver(alert: Alert, env: Settings, timeoutMs: number): Promise<DeliveryResult> {
  let openedAt: number | null = null;
  if (alert.opened_delivered_at === null) {
    const error = await post(notificationOf(alert, "opened", env.PUBLIC_URL), env, timeoutMs);
    if (error !== null) return { openedAt, resolvedAt: null, error };
    openedAt = Date.now();
  }
  if (alert.resolved_at === null) return { openedAt, resolvedAt: null, error: null };
  const error = await post(notificationOf(alert, "resolved", env.PUBLIC_URL), env, timeoutMs);
  return { openedAt, resolvedAt: error === null ? Date.now() : null, error };
}

/** @returns why the notification was not accepted; null when it was. */
async function post(
  notification: AlertNotification,
  env: Settings,
  timeoutMs: number,
): Promise<string | null> {
  const urlError = callbackUrlError(env.ALERT_WEBHOOK_URL, env);
  if (urlError) return `ALERT_WEBHOOK_URL ${urlError}`;
  const { error } = await postWebhook(env.ALERT_WEBHOOK_URL, notification, env, { timeoutMs });
  return error;
}
