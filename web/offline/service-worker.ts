import { keepRegulations, offlineAnswer } from "./kept-regulations.ts";
import { isReference } from "./reference-paths.ts";
import {
  type NotificationData,
  notificationPath,
  openNotification,
  showNotifications,
} from "./show-notifications.ts";
import { isResidentPage, keepShell, shellAsset, shellPage } from "./kept-shell.ts";

declare const self: ServiceWorkerGlobalScope;

/**
 * Keeps the residents' page and the regulations for when there is no network. It answers from the network first, so
 * that an update shows at once, and keeps nothing of a person: of the API the public regulations and characters alone.
 * A push says that a scan has ended which was parked.
 */
self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), keepRegulations()]));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (isResidentPage(pathname)) event.respondWith(shellPage(request));
  } else if (pathname.startsWith("/assets/")) {
    event.respondWith(shellAsset(request));
  } else if (isReference(pathname)) {
    event.respondWith(offlineAnswer(request));
  }
});

self.addEventListener("push", (event) => {
  event.waitUntil(showNotifications(self.registration));
});

self.addEventListener("notificationclick", (event) => {
  const { notification } = event;
  notification.close();
  const data: NotificationData = notification.data;
  event.waitUntil(openNotification(self.clients, notificationPath(data, Date.now())));
});
