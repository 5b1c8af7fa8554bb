import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { matchLoggedRegions } from "../../src/events/match-logged-regions.ts";
import { resetProjection } from "../../src/events/reset-projection.ts";
import { projections } from "../../src/events/projections/projections.ts";
import { buildScanEvents, firstScanAt } from "../support/build-scan-events.ts";
import { crashingEnv, ProcessCrashed } from "../support/crashing-env.ts";
import {
  allProjectionRows,
  appendScans,
  catchUpToHead,
  emptyLog,
  rewriteEvents,
  wholeLog,
} from "../support/scan-event-log.ts";

const days = 24 * 60 * 60 * 1000;
const typed = ["서울 강남구 김철수", "010-1234-5678 우리집"];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: firstScanAt });
  await emptyLog();
  await env.DB.prepare("DELETE FROM log_rewrites").run();
});
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

/** Scans of a version that logged regions as they were typed: each in D1 by itself, with its rows of statistics. */
async function earlierScans(count: number) {
  for (let way = 0; way < count; way++) {
    const scan = buildScanEvents({ way: 0 });
    await appendScans(scan);
    await rewriteEvents(({ job_id, type, data }) =>
      job_id === scan.jobId && (type === "scan.requested" || type === "scan.completed")
        ? { data: Object.assign({}, data, { region: typed[way % 2] }) }
        : null,
    );
  }
  await catchUpToHead();
  for (const region of typed) {
    await env.DB.prepare(
      "INSERT OR IGNORE INTO daily_statistics SELECT day, ?, major, middle, model, outcome, 1, 1, 1, 1, 1 FROM daily_statistics LIMIT 1",
    )
      .bind(region)
      .run();
  }
}

/** All that the log, the archive and the statistics store, as text. */
async function stored(): Promise<string> {
  const { results: rows } = await env.DB.prepare("SELECT * FROM event_segments").all();
  const { objects } = await env.EVENT_ARCHIVE.list();
  const texts = objects.map(async ({ key }) => (await env.EVENT_ARCHIVE.get(key))?.text());
  return JSON.stringify([rows, await Promise.all(texts), await allProjectionRows()]);
}

async function runToEnd() {
  const isDone = () =>
    env.DB.prepare("SELECT done_at FROM log_rewrites").first<number | null>("done_at");
  for (let runs = 0; (await isDone()) === null; runs++) {
    expect(runs).toBeLessThan(10);
    await matchLoggedRegions(env);
    wait(days);
  }
}

describe("regions that earlier versions have logged as they were typed", () => {
  it("become the municipalities that they match, in D1, in R2 and in the statistics", async () => {
    await earlierScans(2);
    wait(4 * days);
    await archiveEvents(env);
    await earlierScans(2);
    const before = await wholeLog();
    for (const text of ["김철수", "-1234-"]) expect(await stored()).toContain(text);

    await runToEnd();
    const after = await stored();
    for (const text of ["김철수", "-1234-"]) expect(after).not.toContain(text);
    const log = await wholeLog();
    expect(log.map(({ cursor, job_id, seq }) => [cursor, job_id, seq])).toEqual(
      before.map(({ cursor, job_id, seq }) => [cursor, job_id, seq]),
    );
    const regions = log.flatMap(({ type, data }) => (type === "scan.requested" ? [data] : []));
    expect(regions).toMatchObject([
      { region: "서울특별시 강남구" },
      { region: null },
      { region: "서울특별시 강남구" },
      { region: null },
    ]);
  });

  it("are counted under their municipality, as in a rebuild", async () => {
    await earlierScans(4);
    await env.DB.prepare(
      "DELETE FROM daily_statistics WHERE scans = 1 AND cost_micro_usd = 1",
    ).run();
    // As the version before has counted them.
    await env.DB.prepare("UPDATE daily_statistics SET region = iif(region = '', ?, ?)")
      .bind(typed[1], typed[0])
      .run();
    await runToEnd();
    const live = await allProjectionRows();
    for (const projection of projections) {
      await resetProjection(env.DB, projection, { by: "op", why: "a test" });
    }
    await catchUpToHead();
    expect(await allProjectionRows()).toEqual(live);
  });

  it("are matched when an event of an earlier version is appended", async () => {
    await appendScans(buildScanEvents({ region: typed[0] ?? null }));
    expect(await stored()).not.toContain("김철수");
  });

  it("leave the log alone once it is rewritten, and follow it for a day before", async () => {
    await earlierScans(1);
    await matchLoggedRegions(env);
    // A Worker of the version before still appends.
    await earlierScans(1);
    await runToEnd();
    expect(await stored()).not.toContain("김철수");
    await earlierScans(1);
    await matchLoggedRegions(env);
    expect(await stored()).toContain("김철수");
  });

  it("are matched in a segment that is redacted meanwhile, by the next run", async () => {
    await earlierScans(1);
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const DB = new Proxy(env.DB, {
      get(target, key): unknown {
        if (key === "prepare") {
          return (query: string) =>
            target.prepare(query.replace("AND redactions = ?", "AND redactions = 1 + ?"));
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await matchLoggedRegions({ ...env, DB });
    expect(await stored()).toContain("김철수");
    await runToEnd();
    expect(await stored()).not.toContain("김철수");
  });

  it.each(
    Array.from({ length: 9 }, (_, index) => index + 1).flatMap((call) => [
      [call, "before"] as const,
      [call, "after"] as const,
    ]),
  )("are matched by another run when one crashes at call %i, %s it", async (crashAt, when) => {
    await earlierScans(2);
    wait(4 * days);
    await archiveEvents(env);
    await earlierScans(2);
    const places = (await wholeLog()).map(({ cursor, job_id, seq }) => [cursor, job_id, seq]);
    await expect(matchLoggedRegions(crashingEnv(env, crashAt, when))).rejects.toThrow(
      ProcessCrashed,
    );
    await runToEnd();
    expect(await stored()).not.toContain("김철수");
    const after = (await wholeLog()).map(({ cursor, job_id, seq }) => [cursor, job_id, seq]);
    expect(after).toEqual(places);
  });
});
