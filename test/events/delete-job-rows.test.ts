import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { appendEvents } from "../../src/events/append-events.ts";
import { deleteJobRows } from "../../src/events/delete-job-rows.ts";
import { buildScanEvents, firstScanAt, messagesOf } from "../support/build-scan-events.ts";
import { emptyLog, wholeLog } from "../support/scan-event-log.ts";

const days = 24 * 60 * 60 * 1000;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: firstScanAt });
  await emptyLog();
});
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);
const rows = async () =>
  (await env.DB.prepare("SELECT job_id FROM event_jobs ORDER BY job_id").all()).results;
const deleteAll = async () => {
  for (let part = 0; part < 256; part++) await deleteJobRows(env.DB, part);
};

/** An ended scan, and one that is parked. */
async function scans() {
  const [ended, parked] = [buildScanEvents(), buildScanEvents()];
  const [begun, rest] = messagesOf(parked, [3]);
  if (!begun || !rest) throw new Error("a scan has more than three events");
  await appendEvents(env.DB, [...messagesOf(ended), begun]);
  return { ended, parked, rest };
}

describe("the row of a job", () => {
  it("is deleted ten days after its end, and not before", async () => {
    const { parked } = await scans();
    wait(10 * days);
    await deleteAll();
    expect(await rows()).toHaveLength(2);
    wait(1);
    await deleteAll();
    expect(await rows()).toEqual([{ job_id: parked.jobId }]);
  });

  it("stays while its job has not ended, so that later events are appended once", async () => {
    const { parked, rest } = await scans();
    wait(100 * days);
    await deleteAll();
    const later = rest.events.map((event) => Object.assign({}, event, { at: Date.now() }));
    await appendEvents(env.DB, [{ ...parked, events: [...parked.events.slice(0, 3), ...later] }]);
    const log = (await wholeLog()).filter(({ job_id }) => job_id === parked.jobId);
    expect(log.map(({ seq }) => seq)).toEqual(parked.events.map(({ seq }) => seq));
  });

  it("is deleted with all others within a day of runs", async () => {
    for (const prefix of ["0", "9", "a", "f"]) {
      const jobId = `${prefix}0${crypto.randomUUID().slice(2)}` as const;
      await appendEvents(env.DB, messagesOf(buildScanEvents({ jobId })));
      const last = `${prefix}f${crypto.randomUUID().slice(2)}` as const;
      await appendEvents(env.DB, messagesOf(buildScanEvents({ jobId: last })));
    }
    wait(11 * days);
    for (let run = 0; run < 288; run++) {
      await deleteJobRows(env.DB);
      wait(5 * 60 * 1000);
    }
    expect(await rows()).toEqual([]);
  });
});

describe("a late copy of a message", () => {
  it("is dropped and logged when its job's row is deleted: it counts as appended", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const { ended } = await scans();
    wait(10 * days + 60_000);
    await deleteAll();
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
