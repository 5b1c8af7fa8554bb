import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { keyOf } from "../../src/events/archive-object.ts";
import { buildScanEvents } from "../support/build-scan-events.ts";
import { appendScans, emptyLog } from "../support/scan-event-log.ts";

/** Asks while the archive's object is gone, and empties the log afterwards. */
export async function withUnreadableLog(ask: () => Promise<Response>): Promise<Response> {
  const logged = vi.spyOn(console, "error").mockReturnValue();
  await emptyLog();
  await appendScans(buildScanEvents());
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 4 * 24 * 60 * 60 * 1000 });
  try {
    await archiveEvents(env);
    await env.EVENT_ARCHIVE.delete(keyOf(1));
    return await ask();
  } finally {
    vi.useRealTimers();
    logged.mockRestore();
    await emptyLog();
  }
}
