import { notificationText, type EndedScan, fallbackNotification } from "../words/push-words.ts";
import { isResidentPage } from "./kept-shell.ts";
import type { NotificationTarget } from "./notification-target.ts";
import { endName, type PushRecord, readPushRecord, writePushRecord } from "./push-record.ts";

const path = "/api/v1/users/me/push";
/** How long the result of a scan can be read after its end, ms; its history has it longer. */
const retentionMs = 60 * 60 * 1000;

/** What a notification knows of the end that it shows. */
export interface NotificationData {
  jobId: string | null;
  /** ISO 8601. */
  endedAt: string | null;
}

/** Shows the parked scans that have ended since the last push. A push has to show something. */
export async function showNotifications(registration: Notifier): Promise<void> {
  const record = await readPushRecord();
  const ended = (record && (await endsOf(record))) ?? [];
  const fresh = ended.filter((end) => !record?.shown.includes(endName(end)));
  const shown = fresh.length > 0 ? fresh : ended.slice(0, 1);
  const common = { lang: "ko", icon: "/icon-192.png" };
  for (const end of shown.toReversed()) {
    const { title, body } = notificationText(end);
    const data: NotificationData = { jobId: end.job_id, endedAt: end.ended_at };
    // A scan that is shown again replaces its notification.
    await registration.showNotification(title, { body, data, tag: end.job_id, ...common });
  }
  if (shown.length === 0) {
    const { title, body } = fallbackNotification;
    const data: NotificationData = { jobId: null, endedAt: null };
    await registration.showNotification(title, { body, data, tag: "unknown", ...common });
  }
  if (record) await writePushRecord({ ...record, shown: [...record.shown, ...fresh.map(endName)] });
}

type Notifier = Pick<ServiceWorkerRegistration, "showNotification">;

/** The ended scans of this browser's session; null where they cannot be asked for. */
async function endsOf({ userId }: PushRecord): Promise<EndedScan[] | null> {
  try {
    for (const ask of [() => askAs(userId), () => fetch(path), askAnew]) {
      const answer = await ask();
      if (answer.status === 401) continue;
      const { ended }: { ended: EndedScan[] } = answer.ok ? await answer.json() : { ended: [] };
      return ended;
    }
  } catch (error) {
    // There is no network.
    if (!(error instanceof TypeError)) throw error;
  }
  return null;
}

/** A development server knows this browser by its id; others refuse it. */
const askAs = (userId: string) => fetch(path, { headers: { "x-user-id": userId } });

const post = (way: string) => fetch(`/api/v1/auth/${way}`, { method: "POST" });

/** Renews the session first, which the page alone has done until now. No session is begun. */
async function askAnew(): Promise<Response> {
  if (!(await post("refresh")).ok) {
    const options = await fetch("/api/v1/auth/options");
    const { has_guest }: { has_guest: boolean } = options.ok
      ? await options.json()
      : { has_guest: false };
    if (has_guest) await post("guest");
  }
  return fetch(path);
}

/** Where a notification leads: to its scan while that can be read, then to the history. */
export const notificationPath = ({ jobId, endedAt }: NotificationData, now: number): string =>
  jobId !== null && endedAt !== null && now - Date.parse(endedAt) < retentionMs
    ? `/s/${jobId}`
    : "/history";

/** Leads a page that is open already to the target, or opens one. */
export async function openNotification(clients: Clients, target: string): Promise<void> {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  // The address that it was loaded from: where it has gone since then, it knows alone.
  const page = pages.find(({ url }) => isResidentPage(new URL(url).pathname));
  if (!page) {
    await clients.openWindow(target);
    return;
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A client is of this origin.
  page.postMessage({ target } satisfies NotificationTarget);
  await page.focus();
}
