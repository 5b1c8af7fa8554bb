import { log } from "../platform/log.ts";
import { callbackRefusal } from "../webhooks/callback-url.ts";
import { post } from "../webhooks/post.ts";
import { signedHeaders, webhookSecrets } from "../webhooks/signature.ts";
import { type Notice, openedNotice, resolvedNotice } from "./notice.ts";
import { type Alert, claimUntold, noteTold } from "./store.ts";

const postTimeoutMs = 10_000;

type Settings = Pick<Env, "AUTH_MODE" | "ALERT_WEBHOOK_URL" | "WEBHOOK_SECRETS">;

/**
 * Tells the receiver what it does not know: that an alert was opened, and then that it is resolved.
 * Each is claimed before, so that of two runs one tells it; what is not accepted, the next run tries.
 */
export async function tellAlerts(
  env: Settings & Pick<Env, "DB">,
  timeoutMs = postTimeoutMs,
): Promise<void> {
  if (!env.ALERT_WEBHOOK_URL) return;
  const alerts = await claimUntold(env.DB, Date.now());
  await Promise.all(alerts.map((alert) => tell(alert, env, timeoutMs)));
}

async function tell(
  alert: Alert,
  env: Settings & Pick<Env, "DB">,
  timeoutMs: number,
): Promise<void> {
  const told = await tellBoth(alert, (notice) => send(notice, env, timeoutMs));
  if (told.error !== null) {
    const { id, rule, target } = alert;
    log("error", "alert.not_told", { alert: id, rule, target, error: told.error });
  }
  await noteTold(env.DB, alert, told);
}

/** In their order: what was not told to be open is not told to be resolved. */
async function tellBoth(alert: Alert, tell: (notice: Notice) => Promise<string | null>) {
  let opened: number | null = null;
  if (alert.opened_told_at === null) {
    const error = await tell(openedNotice(alert));
    if (error !== null) return { opened, resolved: null, error };
    opened = Date.now();
  }
  const resolution = resolvedNotice(alert);
  if (!resolution) return { opened, resolved: null, error: null };
  const error = await tell(resolution);
  return { opened, resolved: error === null ? Date.now() : null, error };
}

/** Why a notice was not accepted; null when it was. */
async function send(
  { id, body }: Notice,
  env: Settings,
  timeoutMs: number,
): Promise<string | null> {
  const refusal = callbackRefusal(env.ALERT_WEBHOOK_URL, env);
  if (refusal) return `ALERT_WEBHOOK_URL ${refusal}`;
  let secrets: string[];
  try {
    secrets = webhookSecrets(env);
  } catch (error) {
    // The setting is not valid, which its operator may repair.
    return String(error);
  }
  if (secrets.length === 0) return "WEBHOOK_SECRETS is empty.";
  const headers = signedHeaders(secrets, { id, at: new Date(), body });
  return (await post(env.ALERT_WEBHOOK_URL, body, headers, timeoutMs)).error;
}
