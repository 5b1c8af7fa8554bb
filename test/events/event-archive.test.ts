import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { keyOf, readHour } from "../../src/events/archived-hour.ts";
import { catchUp } from "../../src/events/catch-up.ts";
import { type LoggedEvent, loggedEventOf } from "../../src/events/logged-event.ts";
import { projections } from "../../src/events/projections/projections.ts";
import { resetProjection } from "../../src/events/reset-projection.ts";
import { redactUser } from "../../src/events/redact-user.ts";
import { restoreEvents } from "../../src/events/restore-events.ts";
import { runScheduled } from "../../src/cron/scheduled-tasks.ts";
import { sha256 } from "../../src/platform/sha256.ts";
import { ProcessCrashed, crashingEnv } from "../support/crashing-env.ts";
import { buildScanEvents, messagesOf, firstScanAt } from "../support/build-scan-events.ts";
import {
  appendScans,
  catchUpToHead,
  emptyLog,
  wholeLog,
  allProjectionRows,
} from "../support/scan-event-log.ts";
import { appendEvents } from "../../src/events/append-events.ts";

const minutes = 60 * 1000;
const hours = 60 * minutes;
const days = 24 * hours;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: firstScanAt + 29 * days });
  await emptyLog();
});
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);
const archive = (bindings: Env = env) => archiveEvents(bindings);

/** The archived events by hour. */
async function archived(): Promise<Map<string, LoggedEvent[]>> {
  const { objects } = await env.EVENT_ARCHIVE.list();
  return new Map(
    await Promise.all(
      objects.map(
        async ({ key }) => [key, (await readHour(env.EVENT_ARCHIVE, key))?.events ?? []] as const,
      ),
    ),
  );
}

/** The events of the log and the archive, as `cursor job/seq`. An event in both is listed twice. */
async function everywhere(): Promise<string[]> {
  const events = [...(await wholeLog()), ...[...(await archived()).values()].flat()];
  return events
    .toSorted((a, b) => a.cursor - b.cursor)
    .map(({ cursor, job_id, seq }) => `${cursor} ${job_id}/${seq}`);
}

/** Scans in two hours that are nearly 30 days old, and in one that is not. */
async function threeHours() {
  const scans = [
    buildScanEvents({ at: firstScanAt + 10 * minutes, way: 0 }),
    buildScanEvents({ at: firstScanAt + 20 * minutes, way: 1 }),
    buildScanEvents({ at: firstScanAt + 70 * minutes, way: 2 }),
    buildScanEvents({ at: firstScanAt + 5 * days, way: 3 }),
  ] as const;
  await appendScans(...scans);
  await catchUpToHead();
  return scans;
}

const restoreAll = () => restoreEvents(env, { from: firstScanAt, to: firstScanAt + 30 * days });

describe("archiving events", () => {
  it("moves an hour when all of it is 30 days old, and not before", async () => {
    const [a, b, c] = await threeHours();
    const before = await wholeLog();
    wait(days + 59 * minutes);
    await archive();
    expect(await archived()).toEqual(new Map());
    wait(1 * minutes);
    await runScheduled("17 * * * *", env);
    const moved = await archived();
    expect([...moved.keys()]).toEqual(["events/2026/10/01/00.ndjson"]);
    const jobs = new Set([a.jobId, b.jobId]);
    const expected = before.filter(({ job_id }) => jobs.has(job_id));
    expect([...moved.values()].flat()).toEqual(expected.map(loggedEventOf));
    expect((await wholeLog()).some(({ job_id }) => jobs.has(job_id))).toBe(false);
    wait(1 * hours);
    await archive();
    expect([...(await archived()).keys()]).toEqual([
      "events/2026/10/01/00.ndjson",
      "events/2026/10/01/01.ndjson",
    ]);
    expect((await wholeLog()).some(({ job_id }) => job_id === c.jobId)).toBe(false);
    expect(await everywhere()).toEqual(
      before.map(({ cursor, job_id, seq }) => `${cursor} ${job_id}/${seq}`),
    );
  });

  it("leaves an hour in the log when a projection has not applied it", async () => {
    await appendScans(buildScanEvents());
    wait(31 * days);
    await archive();
    expect(await archived()).toEqual(new Map());
    for (const projection of projections.slice(1)) await catchUp(env.DB, projection, 10);
    await archive();
    expect(await archived()).toEqual(new Map());
    await catchUpToHead();
    await archive();
    expect((await archived()).size).toBe(1);
  });

  it("moves an hour that has more events than one page", async () => {
    const scans = Array.from({ length: 600 }, (_, way) =>
      buildScanEvents({ at: firstScanAt + way * 1000, way }),
    );
    await appendScans(...scans);
    await catchUpToHead();
    const before = await everywhere();
    expect(before.length).toBeGreaterThan(2_000);
    wait(31 * days);
    await archive();
    expect(await wholeLog()).toEqual([]);
    expect(await everywhere()).toEqual(before);
  });

  it("continues with the next cursor when the log is empty", async () => {
    await appendScans(buildScanEvents());
    await catchUpToHead();
    const last = (await wholeLog()).at(-1)?.cursor ?? 0;
    wait(31 * days);
    await archive();
    expect(await wholeLog()).toEqual([]);
    await appendScans(buildScanEvents({ at: Date.now() }));
    expect((await wholeLog())[0]?.cursor).toBe(last + 1);
  });

  it("merges late events into their archived hour, and ignores duplicates of archived events", async () => {
    const scan = buildScanEvents();
    const [early, late] = messagesOf(scan, [3]);
    if (!early || !late) throw new Error("a scan has more than three events");
    await appendEvents(env.DB, [early]);
    await catchUpToHead();
    wait(31 * days);
    await archive();
    expect(await wholeLog()).toEqual([]);
    const heads = await appendEvents(env.DB, [early, late, early]);
    expect(heads.get(scan.jobId)).toBe(scan.events.length - 1);
    expect((await wholeLog()).map(({ seq }) => seq)).toEqual(late.events.map(({ seq }) => seq));
    await catchUpToHead();
    await archive();
    expect(await wholeLog()).toEqual([]);
    const [kept] = [...(await archived()).values()];
    expect(kept?.map(({ seq }) => seq)).toEqual(scan.events.map(({ seq }) => seq));
    await appendEvents(env.DB, [early, late]);
    expect(await wholeLog()).toEqual([]);
  });

  it.each(
    Array.from({ length: 10 }, (_, index) => index + 1).flatMap((call) => [
      [call, "before"] as const,
      [call, "after"] as const,
    ]),
  )(
    "loses no event and moves none twice when it crashes at call %i, %s it",
    async (crashAt, when) => {
      await threeHours();
      const before = await everywhere();
      wait(2 * days);
      await expect(archive(crashingEnv(env, crashAt, when))).rejects.toThrow(ProcessCrashed);
      const between = await everywhere();
      expect([...new Set(between)]).toEqual(before);
      await archive();
      expect(await everywhere()).toEqual(before);
      expect((await archived()).size).toBe(2);
    },
  );

  it("moves each event once when two runs overlap", async () => {
    await threeHours();
    const before = await everywhere();
    wait(2 * days);
    await Promise.all([archive(), archive()]);
    await archive();
    expect(await everywhere()).toEqual(before);
    expect((await archived()).size).toBe(2);
  });

  it("deletes no row when the object lacks its event", async () => {
    await threeHours();
    const log = await wholeLog();
    wait(2 * days);
    const forgetful = new Proxy(env.EVENT_ARCHIVE, {
      get(target, key): unknown {
        if (key === "get") return () => Promise.resolve(null);
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await archive({ ...env, EVENT_ARCHIVE: forgetful });
    expect(await wholeLog()).toEqual(log);
  });

  it("deletes no row when a projection is reset while the hour is moved", async () => {
    await threeHours();
    const log = await wholeLog();
    wait(2 * days);
    let sentBack = 0;
    const EVENT_ARCHIVE = new Proxy(env.EVENT_ARCHIVE, {
      get(target, key): unknown {
        if (key === "put") {
          return async (...args: Parameters<R2Bucket["put"]>) => {
            const [projection] = projections;
            if (projection) await resetProjection(env.DB, projection, { by: "op", why: "now" });
            sentBack++;
            return target.put(...args);
          };
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await archive({ ...env, EVENT_ARCHIVE });
    expect(sentBack).toBe(1);
    expect(await wholeLog()).toEqual(log);
  });
});

describe("restoring events", () => {
  it("restores hours with their cursors, once, and keeps them for a day", async () => {
    await threeHours();
    const before = await wholeLog();
    wait(2 * days);
    await archive();
    expect(await wholeLog()).not.toEqual(before);
    expect(await restoreAll()).toMatchObject({ hours: 2, next: null, missing: [] });
    expect(await wholeLog()).toEqual(before);
    await Promise.all([restoreAll(), restoreAll()]);
    expect(await wholeLog()).toEqual(before);
    wait(23 * hours);
    await archive();
    expect(await wholeLog()).toEqual(before);
    wait(1 * hours);
    await archive();
    expect((await wholeLog()).length).toBeLessThan(before.length);
    expect(await everywhere()).toEqual(
      before.map(({ cursor, job_id, seq }) => `${cursor} ${job_id}/${seq}`),
    );
  });

  it("restores only the requested hours", async () => {
    const [, , third] = await threeHours();
    wait(2 * days);
    await archive();
    const left = (await wholeLog()).length;
    await restoreEvents(env, { from: firstScanAt + 1 * hours, to: firstScanAt + 2 * hours });
    expect((await wholeLog()).length).toBe(left + third.events.length);
  });

  it("continues at the hour where the last call stopped", async () => {
    const scans = Array.from({ length: 30 }, (_, hour) =>
      buildScanEvents({ at: firstScanAt + hour * hours }),
    );
    await appendScans(...scans);
    await catchUpToHead();
    const before = await wholeLog();
    wait(40 * days);
    await archive();
    const first = await restoreAll();
    expect(first).toMatchObject({ hours: 24, next: firstScanAt + 24 * hours });
    const second = await restoreEvents(env, { from: first.next ?? 0, to: firstScanAt + 30 * days });
    expect(second).toMatchObject({ hours: 6, next: null });
    expect(await wholeLog()).toEqual(before);
  });

  it.each(
    [1, 2, 3, 4, 5, 6].flatMap((call) => [[call, "before"] as const, [call, "after"] as const]),
  )("can be repeated when it crashes at call %i, %s it", async (crashAt, when) => {
    await threeHours();
    const before = await wholeLog();
    wait(2 * days);
    await archive();
    const crashing = crashingEnv(env, crashAt, when);
    await expect(
      restoreEvents(crashing, { from: firstScanAt, to: firstScanAt + days }),
    ).rejects.toThrow(ProcessCrashed);
    await archive();
    await restoreAll();
    expect(await wholeLog()).toEqual(before);
  });

  it("lists hours that have no object in the archive", async () => {
    await threeHours();
    wait(2 * days);
    await archive();
    const key = keyOf(firstScanAt);
    await env.EVENT_ARCHIVE.delete(key);
    expect(await restoreAll()).toMatchObject({ hours: 1, missing: [key] });
  });

  it("allows projections to be rebuilt, which is refused before, with the same rows", async () => {
    await threeHours();
    const live = await allProjectionRows();
    wait(2 * days);
    await archive();
    const rebuild = async () => {
      const done: boolean[] = [];
      for (const projection of projections) {
        done.push(await resetProjection(env.DB, projection, { by: "op", why: "a test" }));
      }
      return done;
    };
    expect(await rebuild()).toEqual([false, false, false]);
    expect(await allProjectionRows()).toEqual(live);
    await restoreEvents(env, { from: firstScanAt, to: firstScanAt + 1 * hours });
    expect(await rebuild()).toEqual([false, false, false]);
    await restoreAll();
    expect(await rebuild()).toEqual([true, true, true]);
    wait(2 * days);
    // The events that a projection has yet to apply stay in the log.
    await archive();
    await catchUpToHead();
    expect(await allProjectionRows()).toEqual(live);
  });
});

describe("redacting a user", () => {
  const erase = async (userId: string) => {
    await env.DB.prepare("INSERT INTO erased_users (user_hash, erased_at) VALUES (?, ?)")
      .bind(await sha256(userId), Date.now())
      .run();
    let calls = 0;
    while ((await redactUser(env.DB, env.EVENT_ARCHIVE, userId)) > 0) {
      expect(++calls).toBeLessThan(50);
    }
  };

  /** All that the log, the archive and the projections store, as text. */
  async function stored(): Promise<string> {
    const tables = [
      "events",
      "scan_audit",
      "confirmations",
      "daily_statistics",
      "dead_letters",
      "event_archive_users",
    ];
    const rows = await Promise.all(
      tables.map(async (table) => (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results),
    );
    return JSON.stringify([rows, [...(await archived())]]);
  }

  const personal = (userId: string) => [userId, "생수병", "라벨을 떼어", `scan/${userId}.png`];

  it("leaves no gap in the log, and only the fields that the statistics need", async () => {
    const userId = crypto.randomUUID();
    const stranger = buildScanEvents({
      classification: null,
      reward: null,
      way: 3,
      at: firstScanAt + 3 * hours,
    });
    const theirs = Array.from({ length: 8 }, (_, way) =>
      buildScanEvents({
        userId,
        way,
        at: firstScanAt + way * 20 * minutes,
        photo_key: `scan/${userId}.png`,
      }),
    );
    await appendScans(...theirs.slice(0, 5), stranger, ...theirs.slice(5));
    await catchUpToHead();
    const before = await everywhere();
    const statistics = (await allProjectionRows())[1];
    wait(31 * days);
    await appendScans(buildScanEvents({ userId, way: 0, at: Date.now() }));
    await archive();
    expect((await archived()).size).toBeGreaterThan(1);
    for (const text of personal(userId)) expect(await stored()).toContain(text);
    const cursors = await everywhere();

    await erase(userId);
    const after = await stored();
    for (const text of personal(userId)) expect(after).not.toContain(text);
    expect(after).toContain(stranger.userId);
    expect(await everywhere()).toEqual(cursors);
    expect(cursors.slice(0, before.length)).toEqual(before);

    await catchUpToHead();
    const live = await allProjectionRows();
    expect(live[1]).not.toBe(statistics);
    await restoreAll();
    for (const projection of projections) {
      expect(await resetProjection(env.DB, projection, { by: "op", why: "a test" })).toBe(true);
    }
    await catchUpToHead();
    expect(await allProjectionRows()).toEqual(live);
  });

  it("stops a projection from writing events that it read before the redaction", async () => {
    const scan = buildScanEvents();
    await appendScans(scan);
    const [projection] = projections;
    if (!projection) throw new Error("there are projections");
    let batches = 0;
    const slow = new Proxy(env.DB, {
      get(target, key): unknown {
        if (key === "batch") {
          return async (statements: D1PreparedStatement[]) => {
            batches++;
            // The user is erased after the slice is read and before it is written.
            if (batches === 2) await erase(scan.userId);
            return env.DB.batch(statements);
          };
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    expect(await catchUp(slow, projection, 10)).toBe(true);
    expect(batches).toBeGreaterThan(2);
    expect(await stored()).not.toContain(scan.userId);
  });

  it("redacts an hour that is archived meanwhile", async () => {
    const scan = buildScanEvents();
    await appendScans(scan);
    await catchUpToHead();
    wait(31 * days);
    let puts = 0;
    const EVENT_ARCHIVE = new Proxy(env.EVENT_ARCHIVE, {
      get(target, key): unknown {
        if (key === "put") {
          return async (...args: Parameters<R2Bucket["put"]>) => {
            if (++puts === 1) await erase(scan.userId);
            return target.put(...args);
          };
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await archive({ ...env, EVENT_ARCHIVE });
    expect(await wholeLog()).toHaveLength(scan.events.length);
    await archive();
    expect(await wholeLog()).toEqual([]);
    expect(await stored()).not.toContain(scan.userId);
  });

  it("deletes the dead letters of the user's events", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const [theirs, others] = [buildScanEvents(), buildScanEvents()];
    await appendScans(theirs, others);
    await env.DB.prepare("UPDATE events SET data = '{}' WHERE type = 'scan.completed'").run();
    await catchUpToHead();
    const deadLetters = async () =>
      (await env.DB.prepare("SELECT DISTINCT job_id FROM dead_letters").all()).results;
    expect(await deadLetters()).toHaveLength(2);
    await erase(theirs.userId);
    expect(await deadLetters()).toEqual([{ job_id: others.jobId }]);
  });

  it("redacts events that are restored from an object read before the redaction", async () => {
    const scan = buildScanEvents();
    await appendScans(scan);
    await catchUpToHead();
    wait(31 * days);
    await archive();
    const whole = await readHour(env.EVENT_ARCHIVE, keyOf(firstScanAt));
    await erase(scan.userId);
    await env.EVENT_ARCHIVE.put(
      keyOf(firstScanAt),
      (whole?.events ?? []).map((event) => JSON.stringify(event)).join("\n"),
    );
    await restoreAll();
    const log = await wholeLog();
    expect(log).toHaveLength(scan.events.length);
    expect(JSON.stringify(log)).not.toContain(scan.userId);
    expect(JSON.stringify(log)).not.toContain("생수병");
  });

  it.each(
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap((call) => [
      [call, "before"] as const,
      [call, "after"] as const,
    ]),
  )("is finished by another run when it crashes at call %i, %s it", async (crashAt, when) => {
    const scans = [
      buildScanEvents({ way: 0 }),
      buildScanEvents({ way: 0, at: firstScanAt + 40 * days }),
    ];
    const [first, second] = scans;
    if (!first || !second) throw new Error("there are two");
    const { userId } = first;
    await appendScans(first, { ...second, userId });
    await catchUpToHead();
    wait(12 * days);
    await archive();
    const cursors = await everywhere();
    const { DB, EVENT_ARCHIVE } = crashingEnv(env, crashAt, when);
    const run = async (): Promise<void> => {
      if ((await redactUser(DB, EVENT_ARCHIVE, userId)) > 0) await run();
    };
    await expect(run()).rejects.toThrow(ProcessCrashed);
    await erase(userId);
    expect(await stored()).not.toContain(userId);
    expect(await everywhere()).toEqual(cursors);
  });
});
