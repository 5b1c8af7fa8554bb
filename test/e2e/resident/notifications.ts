import type { Page, Worker } from "playwright-core";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { z } from "zod";
import { type Receiver, startReceiver } from "../../node/receiver.ts";
import { openWithWorker } from "./open-with-worker.ts";
import { operate } from "./operate.ts";
import type { ResidentTest, Site } from "./resident-test.ts";
import type { ResidentWay } from "./ways.ts";

const Pushed = z.array(z.object({ headers: z.record(z.string(), z.string()), body: z.string() }));

/** @param way a server that is not a developer's sends pushes to public addresses alone. */
export function describeNotifications(it: ResidentTest, { isDev }: ResidentWay) {
  describe.concurrent("notifications", () => {
    /** Stands in for a push service. */
    let pushService: Receiver;

    beforeAll(async () => {
      pushService = await startReceiver();
    });
    afterAll(() => pushService?.close());

    it(
      "asks for permission by a button alone, tells the resident when the parked scan has ended, and leads to it",
      { timeout: 120_000 },
      async ({ site, openWhole }) => {
        const resident = await openWithWorker(openWhole);
        const { page, button, heading, tab } = resident;
        await page.context().grantPermissions(["notifications"]);
        const failed = () => heading("분석하지 못했어요").waitFor();
        const endpoint = isDev
          ? `${pushService.baseURL}/ok/browser`
          : "https://nobody.push.apple.com/1";
        await page.addInitScript(standInForPushes, endpoint);
        await resident.submitToModel("생수병 [vision:malformed]");
        await heading("잠시 멈췄어요").waitFor({ timeout: 60_000 });
        const offer = button("답이 나오면 알림 받기");
        await offer.waitFor();
        expect(await page.evaluate("asked")).toBe(0);
        // The question is closed without an answer: it can be asked again.
        await page.evaluate("dismissed = true");
        await offer.click();
        await vi.waitFor(async () => expect(await page.evaluate("asked")).toBe(1));
        await page.evaluate("dismissed = false");
        // Above the tabs, without scrolling; how long a scan usually takes is not said of one that is parked.
        const box = await offer.boundingBox();
        const tabs = await page.getByRole("navigation").boundingBox();
        expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan(tabs?.y ?? 0);
        expect(await page.getByText(/^보통 /).count()).toBe(0);
        await offer.click();
        await page.getByText("답이 나오면 알림으로 알려 드릴게요.").waitFor();
        expect(await page.evaluate("asked")).toBe(2);

        const address = page.url();
        const jobId = address.split("/").at(-1) ?? "";
        const filter = { job_ids: [jobId] };
        await operate(site.server, "redrives", {
          action: "discard",
          filter,
          by: "Kim",
          why: "test",
        });
        const pushes = async () => Pushed.parse(await (await fetch(endpoint)).json());
        if (isDev) {
          await vi.waitFor(async () => expect(await pushes()).toHaveLength(1), 20_000);
          expect((await pushes())[0]).toMatchObject({ body: "", headers: { ttl: "86400" } });
        } else await failed();
        expect(await deliverPush(page, site)).toEqual([
          {
            title: "분석하던 물건: 분석하지 못했어요",
            body: "담당자가 남긴 말이 있어요. 눌러서 보세요.",
            tag: jobId,
          },
        ]);
        // The push before has started it.
        const [worker] = page.context().serviceWorkers();
        if (!worker) throw new Error("There is no service worker");
        // The same end is one notification, also when its push comes twice.
        await worker.evaluate(noteNextEvent);
        await deliverPush(page, site);
        await worker.evaluate(() => globalThis.handled);
        expect(await shownOn(page)).toHaveLength(1);
        if (isDev) expect(await pushes()).toHaveLength(1);

        await tab("도감").click();
        expect(await clickNotification(worker)).toEqual(["focus"]);
        await failed();
        expect(page.url()).toBe(address);

        await deliverPush(page, site);
        // The server knows the subscription no more, or it was another user's: the browser ends it, and asks anew.
        await tab("내 정보").click();
        await button("알림 끄기").waitFor();
        await page.evaluate(dropSubscription);
        await tab("도감").click();
        await tab("내 정보").click();
        await page.waitForFunction(async () => {
          const registration = await navigator.serviceWorker.getRegistration();
          return (await registration?.pushManager.getSubscription()) === null;
        });
        expect(await button("알림 끄기").count()).toBe(0);
        await page.goto("about:blank");
        await vi.waitUntil(() => worker.evaluate(hasNoPages), { timeout: 20_000 });
        expect(await clickNotification(worker)).toEqual([`open /s/${jobId}`]);
        await page.goto(`/s/${jobId}`);
        await failed();
      },
    );
  });
}

declare global {
  /** How often the browser was asked for permission, and whether the question is closed without an answer. */
  var asked: number;
  var dismissed: boolean;
  /** Of a service worker: it has handled an event. */
  var handled: Promise<void>;
}

/** Deletes the subscription of this browser at the server alone. */
async function dropSubscription() {
  const record = await (await caches.open("eco2-push")).match("/push-record");
  if (!record) throw new Error("The browser is not subscribed");
  const { id, userId }: { id: string; userId: string } = await record.json();
  const headers = { "x-user-id": userId };
  await fetch(`/api/v1/users/me/push/${id}`, { method: "DELETE", headers });
}

/** Replaces the browser's push service. */
function standInForPushes(endpoint: string) {
  const ask = Notification.requestPermission.bind(Notification);
  Object.assign(globalThis, { asked: 0, dismissed: false });
  Notification.requestPermission = () => {
    globalThis.asked += 1;
    return globalThis.dismissed ? Promise.resolve("default") : ask();
  };
  let subscribed = false;
  const subscription = { endpoint, unsubscribe: () => Promise.resolve((subscribed = false)) };
  Object.assign(PushManager.prototype, {
    getSubscription: () => Promise.resolve(subscribed ? subscription : null),
    subscribe: () => {
      subscribed = true;
      return Promise.resolve(subscription);
    },
  });
}

/** Hands a push to the service worker, as the browser does, and reads what it shows. */
async function deliverPush(page: Page, { server }: Site) {
  const session = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [first] }) => {
      if (first) resolve(first.registrationId);
    });
  });
  await session.send("ServiceWorker.enable");
  const registrationId = await registered;
  await session.send("ServiceWorker.deliverPushMessage", {
    origin: server.url,
    registrationId,
    data: "",
  });
  return vi.waitUntil(
    async () => {
      const all = await shownOn(page);
      return all.length > 0 && all;
    },
    { timeout: 20_000 },
  );
}

/** The notifications that are shown. */
const shownOn = (page: Page) =>
  page.evaluate(async () => {
    const all = await (await navigator.serviceWorker.ready).getNotifications();
    return all.map(({ title, body, tag }) => ({ title, body, tag }));
  });

/** Notes when the service worker has handled its next event. */
function noteNextEvent() {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The types here are those of a page.
  const { prototype } = (globalThis as unknown as WorkerScope).ExtendableEvent;
  const { waitUntil } = prototype;
  globalThis.handled = new Promise((resolve) => {
    prototype.waitUntil = function (work) {
      prototype.waitUntil = waitUntil;
      waitUntil.call(this, work);
      void work.finally(resolve);
    };
  });
}

interface WorkerScope extends EventTarget {
  ExtendableEvent: { prototype: { waitUntil: (work: Promise<unknown>) => void } };
  WindowClient: { prototype: { focus: () => Promise<void> } };
  clients: {
    openWindow: (url: string) => Promise<void>;
    matchAll: (options: object) => Promise<unknown[]>;
  };
  registration: Pick<ServiceWorkerRegistration, "getNotifications">;
  NotificationEvent: new (
    type: string,
    init: object,
  ) => Event & { waitUntil: (it: unknown) => void };
}

/** The browser lets go of a page some time after it was left. */
const hasNoPages = async () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The types here are those of a page.
  const { clients } = globalThis as unknown as WorkerScope;
  return (await clients.matchAll({ type: "window", includeUncontrolled: true })).length === 0;
};

/**
 * Clicks the notification that is shown, and returns which page was focused or opened: Chromium would do that for a
 * real click alone, and there is none without a desktop.
 */
const clickNotification = (worker: Worker): Promise<string[]> =>
  worker.evaluate(async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The types here are those of a page.
    const scope = globalThis as unknown as WorkerScope;
    const done: string[] = [];
    scope.WindowClient.prototype.focus = async () => void done.push("focus");
    scope.clients.openWindow = async (url) => void done.push(`open ${url}`);
    const [notification] = await scope.registration.getNotifications();
    const event = new scope.NotificationEvent("notificationclick", { notification });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    event.waitUntil = resolve;
    scope.dispatchEvent(event);
    await promise;
    const left = await scope.registration.getNotifications();
    if (left.length > 0) throw new Error("The notification is still shown");
    return done;
  });
