import { vi } from "vitest";
import { buildScanEvents } from "../../support/build-scan-events.ts";
import {
  appendScans,
  catchUpToHead,
  emptyLog,
  rewriteEvents,
} from "../../support/scan-event-log.ts";
import { asked, asOperator, type Drives, operated } from "../driving.ts";

/** With an event that no projection can apply. */
async function unappliedEvent(ask: () => Promise<Response>): Promise<Response> {
  const warned = vi.spyOn(console, "error").mockReturnValue();
  await emptyLog();
  await appendScans(buildScanEvents());
  await rewriteEvents(({ type }) => (type === "scan.completed" ? { data: {} } : null));
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
  },
  exportConfirmations: { "200": () => asked("exportConfirmations", { headers: asOperator }) },
};
