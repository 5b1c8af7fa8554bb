import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { archiveEvents } from "../../../src/events/archive-events.ts";
import { buildScanEvents } from "../../support/build-scan-events.ts";
import { appendScans, catchUpToHead, emptyLog } from "../../support/scan-event-log.ts";
import { asked, asOperator, type Drives, operated } from "../driving.ts";

const days = 24 * 60 * 60 * 1000;

/** With a log whose first hours are archived, and an empty one afterwards. */
async function archived(ask: () => Promise<Response>): Promise<Response> {
  await emptyLog();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 15) });
  try {
    await appendScans(buildScanEvents());
    await catchUpToHead();
    await archiveEvents(env);
    return await ask();
  } finally {
    vi.useRealTimers();
    await emptyLog();
  }
}

/** With an event that no projection can apply. */
async function unappliedEvent(ask: () => Promise<Response>): Promise<Response> {
  const warned = vi.spyOn(console, "error").mockReturnValue();
  await emptyLog();
  await appendScans(buildScanEvents({ at: Date.now() - days }));
  await env.DB.prepare("UPDATE events SET data = '{}' WHERE type = 'scan.completed'").run();
  await catchUpToHead();
  try {
    return await ask();
  } finally {
    warned.mockRestore();
    await emptyLog();
  }
}

/** The event log and its projections. */
export const logDrives: Drives = {
  listProjections: { "200": () => unappliedEvent(() => operated("listProjections")) },
  rebuildProjection: {
    "202": () => operated("rebuildProjection"),
    "409 LOG_ARCHIVED": () => archived(() => operated("rebuildProjection")),
  },
  exportConfirmations: { "200": () => asked("exportConfirmations", { headers: asOperator }) },
  restoreEvents: { "200": () => archived(() => operated("restoreEvents")) },
};
