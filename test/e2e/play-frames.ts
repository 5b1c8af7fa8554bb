import type { Page, WebSocketRoute } from "playwright-core";
import { expect, vi } from "vitest";

export const socketPath = /\/api\/v1\/scan\/[^/]+\/ws\?/;

/** Accepts any scan without the server, and returns the sockets for the test's own frames. */
export async function playFrames(page: Page) {
  const sockets: WebSocketRoute[] = [];
  await page.route("**/api/v1/scan", (route) =>
    route.fulfill({
      status: 202,
      json: { job_id: "j", stream_url: "/api/v1/scan/j/events?token=t", status: "queued" },
    }),
  );
  await page.routeWebSocket(socketPath, (socket) => {
    socket.onMessage(() => socket.send("pong"));
    sockets.push(socket);
  });
  await answerSnapshots(page, () => ({ waiting: null }));
  return (number = 0) =>
    vi.waitFor(() => {
      const socket = sockets[number];
      if (!socket) throw new Error(`There is no socket ${number} yet`);
      return socket;
    }, 15_000);
}

/** Answers the scan's snapshots, or aborts for null; returns a counter of the requests. */
export async function answerSnapshots(page: Page, snapshot: () => object | null) {
  let requests = 0;
  await page.route("**/api/v1/scan/j", async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    expect(route.request().headers()["x-user-id"]).toMatch(/^web-/);
    requests++;
    const json = snapshot();
    await (json ? route.fulfill({ json }) : route.abort());
  });
  return () => requests;
}
