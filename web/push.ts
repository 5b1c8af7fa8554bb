import { client } from "./resident-client.ts";
import { userId } from "./browser-user-id.ts";
import {
  deletePushRecord,
  endName,
  readPushRecord,
  writePushRecord,
} from "./offline/push-record.ts";

/** Whether this browser is notified when a parked scan ends: it can be asked, is, has refused, or cannot. */
export type PushChoice = "ask" | "on" | "denied" | "none";

const isSupported = () =>
  "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

/** Asks nobody anything. */
export async function readPush(): Promise<PushChoice> {
  if (!isSupported()) return "none";
  const { public_key, subscriptions } = await client.push();
  if (public_key === null) return "none";
  if (Notification.permission === "denied") return "denied";
  const [subscription, record] = await Promise.all([current(), readPushRecord()]);
  if (!subscription || !record) return "ask";
  if (!subscriptions.includes(record.id)) {
    // Another user of this browser has subscribed, or the server has dropped it.
    await forgetPush();
    return "ask";
  }
  // The browser may have given it another endpoint.
  await register(subscription);
  return "on";
}

/** Asks for permission and subscribes. Called when a button is pressed alone. */
export async function turnPushOn(): Promise<PushChoice> {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return permission === "denied" ? "denied" : "ask";
  const { public_key } = await client.push();
  if (public_key === null) return "none";
  const { pushManager } = await readyWorker();
  // It may be of a key that the server had before.
  await (await current())?.unsubscribe();
  await register(
    await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: public_key }),
  );
  return "on";
}

/** Ends the subscription, here and at the server. */
export async function turnPushOff(): Promise<PushChoice> {
  const record = isSupported() ? await readPushRecord() : null;
  if (record) await client.unsubscribePush(record.id);
  await forgetPush();
  return "ask";
}

/** Ends the subscription in this browser alone. */
export async function forgetPush(): Promise<void> {
  if (!isSupported()) return;
  await (await current())?.unsubscribe();
  await deletePushRecord();
}

/** How long a service worker may take to install: one that fails never gets ready, ms. */
const installMs = 10_000;

async function readyWorker(): Promise<ServiceWorkerRegistration> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new DOMException("No service worker", "TimeoutError")), installMs);
  });
  return Promise.race([navigator.serviceWorker.ready, late]);
}

/** Without a service worker there is none. */
async function current(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

async function register({ endpoint }: PushSubscription): Promise<void> {
  const { id } = await client.subscribePush(endpoint);
  const known = await readPushRecord();
  const { ended } = await client.push();
  const shown = known?.shown ?? ended.map(endName);
  await writePushRecord({ id, userId, shown });
}
