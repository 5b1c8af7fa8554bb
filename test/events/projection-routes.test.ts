import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { callApp } from "../support/worker-requests.ts";
import { buildScanEvents, firstScanAt } from "../support/build-scan-events.ts";
import {
  appendScans,
  catchUpToHead,
  emptyLog,
  eventsInD1,
  rewriteEvents,
  wholeLog,
  projectionRows,
} from "../support/scan-event-log.ts";

const days = 24 * 60 * 60 * 1000;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: firstScanAt });
  await emptyLog();
  await env.DB.prepare("DELETE FROM audit").run();
});
afterEach(() => void vi.useRealTimers());

const ask = (path: string, body?: unknown, headers = { authorization: "Bearer ops-secret" }) =>
  callApp({ OPS_TOKEN: "ops-secret" }, `/api/v1/ops${path}`, {
    headers,
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
const order = { by: "kim", why: "a test" };

const notes = async () =>
  (await env.DB.prepare("SELECT by, action, target, detail FROM audit ORDER BY id").all()).results;

const Begun = z.object({ id: z.string(), dead_letters: z.int() });
const Projections = z.object({
  projections: z.array(
    z.strictObject({
      name: z.string(),
      cursor: z.int(),
      head: z.int(),
      lag: z.int(),
      dead_letters: z.int(),
      updated_at: z.string().nullable(),
    }),
  ),
});
const list = async () => Projections.parse(await (await ask("/projections")).json()).projections;

describe("the projection routes", () => {
  it("return the cursor and lag of each projection", async () => {
    const scan = buildScanEvents();
    await appendScans(scan);
    const head = (await wholeLog()).at(-1)?.cursor;
    const behind = { cursor: 0, head, lag: scan.events.length, dead_letters: 0, updated_at: null };
    expect(await list()).toEqual(
      ["daily-statistics", "confirmations"].map((name) => Object.assign({ name }, behind)),
    );
    await catchUpToHead();
    const level = { cursor: head, lag: 0, updated_at: "2026-10-01T00:00:00.000Z" };
    expect(await list()).toMatchObject([level, level]);
  });

  it("rebuild a projection, and audit who ordered it and why", async () => {
    await appendScans(buildScanEvents(), buildScanEvents());
    await catchUpToHead();
    const live = await projectionRows("daily-statistics");
    await env.DB.prepare("UPDATE daily_statistics SET scans = 99").run();
    const response = await ask("/projections/daily-statistics/rebuild", order);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ name: "daily-statistics", lag: 0 });
    expect(await projectionRows("daily-statistics")).toBe(live);
    expect(await notes()).toEqual([
      {
        by: "kim",
        action: "projection.rebuild",
        target: "daily-statistics",
        detail: '{"why":"a test"}',
      },
    ]);
  });

  it("rebuild a projection of a log that is in R2 with the same rows", async () => {
    await appendScans(buildScanEvents(), buildScanEvents());
    await catchUpToHead();
    const live = await projectionRows("daily-statistics");
    vi.setSystemTime(firstScanAt + 31 * days);
    await archiveEvents(env);
    expect(await eventsInD1()).toEqual([]);
    await env.DB.prepare("UPDATE daily_statistics SET scans = 99").run();
    const response = await ask("/projections/daily-statistics/rebuild", order);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ lag: 0 });
    expect(await projectionRows("daily-statistics")).toBe(live);
  });

  it("list what a projection could not apply, and redrive it", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const scan = buildScanEvents();
    await appendScans(scan);
    const last = (await wholeLog()).at(-1);
    const write = (data: unknown) =>
      rewriteEvents(({ cursor }) => (cursor === last?.cursor ? { data } : null));
    await write({});
    await catchUpToHead();
    expect(await list()).toMatchObject([{ dead_letters: 1 }, { dead_letters: 0 }]);
    const listed = await ask("/dead-letters?kind=projection&source=daily-statistics&status=parked");
    expect(await listed.json()).toMatchObject({
      dead_letters: [
        {
          source: "daily-statistics",
          cursor: last?.cursor,
          job_id: scan.jobId,
          fingerprint: "daily-statistics/EVENT_NOT_APPLIED/scan.completed",
          error_message: expect.stringContaining("data.model") as unknown,
        },
      ],
      next_cursor: null,
    });
    expect(await (await ask("/dead-letters/groups?kind=projection")).json()).toMatchObject({
      groups: ["daily-statistics"].map((source) => ({
        source,
        error_code: "EVENT_NOT_APPLIED",
        dead_letters: 1,
      })),
    });
    const again = async () => {
      vi.setSystemTime(Date.now() + 1_000);
      const filter = { kind: "projection", source: "daily-statistics" };
      const { id, dead_letters } = Begun.parse(
        await (await ask("/redrives", { ...order, filter })).json(),
      );
      expect(dead_letters).toBe(1);
      while (await runDurableObjectAlarm(env.REDRIVE.getByName(id)));
      return (await ask(`/redrives/${id}`)).json();
    };
    const progress = { taken: 1, running: 0, recovered: 0, failed_again: 0, discarded: 0 };
    expect(await again()).toMatchObject({
      status: "done",
      progress: { ...progress, failed_again: 1 },
    });
    await write(last?.data);
    expect(await again()).toMatchObject({
      status: "done",
      progress: { ...progress, recovered: 1 },
    });
    expect(await list()).toMatchObject([{ dead_letters: 0 }, { dead_letters: 0 }]);
    expect(await notes()).toMatchObject([
      { action: "redrive.redrive", by: "kim" },
      { action: "redrive.redrive", by: "kim" },
    ]);
  });

  it.each(["/projections/none/rebuild"])("do not know %s", async (path) => {
    const response = await ask(path, order);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "PROJECTION_NOT_FOUND" });
  });

  it.each<[string, object]>([
    ["/projections/daily-statistics/rebuild", { by: "kim" }],
    ["/projections/daily-statistics/rebuild", { why: "a test" }],
    ["/projections/daily-statistics/rebuild", { ...order, all: true }],
  ])("refuse %s with %j, and note nothing", async (path, body) => {
    const response = await ask(path, body);
    expect(response.status).toBe(422);
    expect(await notes()).toEqual([]);
  });

  it.each(["/projections", "/dead-letters"])("are closed without the token: %s", async (path) => {
    expect((await ask(path, undefined, { authorization: "Bearer events" })).status).toBe(401);
  });
});
