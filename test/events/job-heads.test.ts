import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { appendEvents } from "../../src/events/append-events.ts";
import { turnJobHeads } from "../../src/events/job-heads.ts";
import { buildScanEvents, firstScanAt, messagesOf } from "../support/build-scan-events.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { emptyLog, wholeLog } from "../support/scan-event-log.ts";

const days = 24 * 60 * 60 * 1000;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: firstScanAt });
  await emptyLog();
  await env.DB.prepare("UPDATE event_job_turn SET turned_at = ?").bind(Date.now()).run();
});
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);
const known = async () =>
  (
    await env.DB.prepare(
      "SELECT job_id FROM event_jobs UNION SELECT job_id FROM earlier_event_jobs ORDER BY job_id",
    ).all()
  ).results;
/** Two turns: what was recent is earlier after the first, and forgotten after the second. */
async function turnTwice() {
  for (let turn = 0; turn < 2; turn++) {
    wait(10 * days);
    await turnJobHeads(env.DB);
  }
}

/** An ended scan, and one that is parked. */
async function scans() {
  const [ended, parked] = [buildScanEvents(), buildScanEvents()];
  const [begun, rest] = messagesOf(parked, [3]);
  if (!begun || !rest) throw new Error("a scan has more than three events");
  await appendEvents(env.DB, [...messagesOf(ended), begun]);
  return { ended, parked, rest };
}

describe("the head of a job", () => {
  it("is known for ten days after its end at least, and for twenty at most", async () => {
    const { ended, parked } = await scans();
    wait(9 * days);
    await turnJobHeads(env.DB);
    expect(await known()).toHaveLength(2);
    wait(1 * days);
    await turnJobHeads(env.DB);
    expect(await known()).toHaveLength(2);
    expect(await appendEvents(env.DB, messagesOf(ended))).toEqual(
      new Map([[ended.jobId, ended.events.length - 1]]),
    );
    wait(10 * days);
    await turnJobHeads(env.DB);
    expect(await known()).toEqual([{ job_id: parked.jobId }]);
  });

  it("is forgotten with a few rows that are written, however many heads there are", async () => {
    await appendEvents(
      env.DB,
      Array.from({ length: 100 }, () => messagesOf(buildScanEvents({ at: Date.now() }))).flat(),
    );
    wait(10 * days);
    await turnJobHeads(env.DB);
    wait(10 * days);
    const batch = vi.spyOn(env.DB, "batch");
    await turnJobHeads(env.DB);
    const results = await batch.mock.results[0]?.value;
    batch.mockRestore();
    const written = z.array(z.object({ meta: z.object({ rows_written: z.int() }) })).parse(results);
    expect(written.reduce((sum, { meta }) => sum + meta.rows_written, 0)).toBeLessThan(50);
    expect(await known()).toEqual([]);
  });

  it("stays while its job has not ended, so that later events are appended once", async () => {
    const { parked, rest } = await scans();
    for (let turns = 0; turns < 3; turns++) await turnTwice();
    const later = rest.events.map((event) => Object.assign({}, event, { at: Date.now() }));
    const message = { ...parked, events: [...parked.events.slice(0, 3), ...later] };
    for (let copies = 0; copies < 2; copies++) await appendEvents(env.DB, [message]);
    const log = (await wholeLog()).filter(({ job_id }) => job_id === parked.jobId);
    expect(log.map(({ seq }) => seq)).toEqual(parked.events.map(({ seq }) => seq));
  });

  it("is kept when two crons turn at once, or one dies", async () => {
    const { ended } = await scans();
    wait(10 * days);
    const dying = crashingEnv(env, 2, "before");
    await expect(turnJobHeads(dying.DB)).rejects.toThrow();
    await Promise.all([turnJobHeads(env.DB), turnJobHeads(env.DB)]);
    await turnJobHeads(env.DB);
    expect(await known()).toContainEqual({ job_id: ended.jobId });
  });
});

describe("a late copy of a message", () => {
  it("is dropped and logged when its job's row is deleted: it counts as appended", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const { ended } = await scans();
    await turnTwice();
    const log = await wholeLog();
    const heads = await appendEvents(env.DB, messagesOf(ended, [2]));
    expect(heads.get(ended.jobId)).toBe(ended.events.length - 1);
    expect(await wholeLog()).toEqual(log);
    expect(JSON.stringify(logged.mock.calls)).toContain("events.dropped");
  });

  it("is no copy when its events are recent: they are appended", async () => {
    const scan = buildScanEvents({ at: Date.now() - 11 * days });
    const [old, rest] = messagesOf(scan, [2]);
    if (!old || !rest) throw new Error("a scan has more than two events");
    const recent = rest.events.map((event) => Object.assign({}, event, { at: Date.now() }));
    await appendEvents(env.DB, [{ ...scan, events: [...old.events, ...recent] }]);
    expect(await wholeLog()).toHaveLength(scan.events.length);
  });
});
