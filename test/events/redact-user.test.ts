import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { keyOf } from "../../src/events/archive-object.ts";
import { catchUp } from "../../src/events/catch-up.ts";
import { projections } from "../../src/events/projections/projections.ts";
import { countEventsOf, redactUser } from "../../src/events/redact-user.ts";
import { resetProjection } from "../../src/events/reset-projection.ts";
import { joinRanges, overlaps, type TimeRange } from "../../src/events/time-ranges.ts";
import { sha256 } from "../../src/platform/sha256.ts";
import { redactedData } from "../../src/events/redacted-event.ts";
import { buildScanEvents, firstScanAt } from "../support/build-scan-events.ts";
import { ProcessCrashed, crashingEnv } from "../support/crashing-env.ts";
import {
  allProjectionRows,
  appendScans,
  catchUpToHead,
  emptyLog,
  eventsInD1,
  rewriteEvents,
  wholeLog,
} from "../support/scan-event-log.ts";

const minutes = 60 * 1000;
const days = 24 * 60 * minutes;
const always: TimeRange[] = [[0, Number.MAX_SAFE_INTEGER]];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: firstScanAt });
  await emptyLog();
});
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

async function erase(userId: string, ranges = always) {
  await env.DB.prepare("INSERT OR REPLACE INTO erased_users (user_hash, erased_at) VALUES (?, ?)")
    .bind(await sha256(userId), Date.now())
    .run();
  let calls = 0;
  while ((await redactUser(env, userId, ranges)) > 0) expect(++calls).toBeLessThan(50);
}

/** All that the log, the archive and the projections store, as text. */
async function stored(): Promise<string> {
  const tables = [
    "event_segments",
    "event_archives",
    "confirmations",
    "daily_statistics",
    "dead_letters",
  ];
  const rows = await Promise.all(
    tables.map(async (table) => (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results),
  );
  const { objects } = await env.EVENT_ARCHIVE.list();
  const texts = objects.map(async ({ key }) => (await env.EVENT_ARCHIVE.get(key))?.text());
  return JSON.stringify([rows, await Promise.all(texts)]);
}

const placesOf = async () =>
  (await wholeLog()).map(({ cursor, job_id, seq }) => `${cursor} ${job_id}/${seq}`);

/** A user's scan in an object of the archive, and one in D1. */
async function scansOf(userId: string) {
  await appendScans(buildScanEvents({ userId, way: 0 }), buildScanEvents({ way: 0 }));
  wait(4 * days);
  await archiveEvents(env);
  await appendScans(buildScanEvents({ userId, way: 0 }), buildScanEvents({ way: 0 }));
}

describe("redacting a user", () => {
  it("leaves no gap in the log, and only the fields that the statistics need", async () => {
    const userId = crypto.randomUUID();
    const personal = [userId, "생수병", "라벨을 떼어", `scan/${userId}.png`];
    const stranger = buildScanEvents({ classification: null, reward: null, way: 3 });
    const theirs = Array.from({ length: 8 }, (_, way) =>
      buildScanEvents({ userId, way, photo_key: `scan/${userId}.png` }),
    );
    await appendScans(...theirs.slice(0, 5), stranger);
    wait(4 * days);
    await archiveEvents(env);
    await appendScans(...theirs.slice(5));
    await catchUpToHead();
    for (const text of personal) expect(await stored()).toContain(text);
    const before = await placesOf();
    const count = theirs.reduce((sum, { events }) => sum + events.length, 0);
    expect(await countEventsOf(env, userId, always)).toBe(count);

    await erase(userId);
    const after = await stored();
    for (const text of personal) expect(after).not.toContain(text);
    expect(after).toContain(stranger.userId);
    expect(await placesOf()).toEqual(before);
    expect(await countEventsOf(env, userId, always)).toBe(0);

    const live = await allProjectionRows();
    for (const projection of projections) {
      await resetProjection(env.DB, projection, { by: "op", why: "a test" });
    }
    await catchUpToHead();
    expect(await allProjectionRows()).toEqual(live);
  });

  it("leaves of a region that a resident typed what is public", () => {
    const data = {
      model: "offline",
      region: "서울특별시 강남구 역삼동 김철수",
      photo: true,
      words: true,
    };
    expect(redactedData({ type: "scan.requested", data })).toEqual({
      redacted: true,
      model: "offline",
      region: "서울특별시 강남구",
    });
  });

  it("reads only the parts of the log whose times overlap the given ones", async () => {
    const userId = crypto.randomUUID();
    await scansOf(userId);
    const at = (await wholeLog()).filter(({ user_id }) => user_id === userId).map((it) => it.at);
    const left = () => countEventsOf(env, userId, always);
    const all = at.length;
    await redactUser(env, userId, [[firstScanAt - days, firstScanAt - 1]]);
    expect(await left()).toBe(all);
    await redactUser(env, userId, [[firstScanAt, firstScanAt]]);
    expect(await left()).toBe(all / 2);
    await redactUser(env, userId, [[at.at(-1) ?? 0, Date.now() + days]]);
    expect(await left()).toBe(0);
  });

  it.each(
    projections.flatMap((projection) => [
      { name: projection.name, where: "R2", projection, at: 2 },
      { name: projection.name, where: "D1", projection, at: 4 },
    ]),
  )(
    "stops the projection $name from writing events that it read from $where before the redaction",
    async ({ projection, at }) => {
      const userId = crypto.randomUUID();
      await scansOf(userId);
      await rewriteEvents(({ type }) => (type === "scan.completed" ? { data: {} } : null));
      vi.spyOn(console, "error").mockImplementation(() => {});
      let batches = 0;
      const DB = new Proxy(env.DB, {
        get(target, key): unknown {
          if (key === "batch") {
            return async (statements: D1PreparedStatement[]) => {
              // Odd batches read a slice, even ones write it. The user is erased in between.
              if (++batches === at) await erase(userId);
              return env.DB.batch(statements);
            };
          }
          const value: unknown = Reflect.get(target, key);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      expect(await catchUp({ ...env, DB }, projection, 10)).toBe(true);
      expect(batches).toBeGreaterThan(5);
      expect(await stored()).not.toContain(userId);
    },
  );

  it("redacts a segment that is archived meanwhile", async () => {
    const scan = buildScanEvents();
    await appendScans(scan);
    wait(4 * days);
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
    await archiveEvents({ ...env, EVENT_ARCHIVE });
    expect(await eventsInD1()).toEqual([]);
    expect(await wholeLog()).toHaveLength(scan.events.length);
    expect(await stored()).not.toContain(scan.userId);
  });

  it("deletes the dead letters of the user's events", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const [theirs, others] = [buildScanEvents(), buildScanEvents()];
    await appendScans(theirs, others);
    await rewriteEvents(({ type }) => (type === "scan.completed" ? { data: {} } : null));
    await catchUpToHead();
    const deadLetters = async () =>
      (await env.DB.prepare("SELECT DISTINCT job_id FROM dead_letters").all()).results;
    expect(await deadLetters()).toHaveLength(2);
    await erase(theirs.userId);
    expect(await deadLetters()).toEqual([{ job_id: others.jobId }]);
  });

  it("redacts what is left of a damaged object, and deletes a line that cannot be read", async () => {
    const userId = crypto.randomUUID();
    await scansOf(userId);
    const object = await env.EVENT_ARCHIVE.get(keyOf(1));
    const text = (await object?.text()) ?? "";
    const cut = text.lastIndexOf(userId) + userId.length + 40;
    await env.EVENT_ARCHIVE.put(keyOf(1), text.slice(0, cut));
    await erase(userId);
    expect(await stored()).not.toContain(userId);
  });

  it("redacts another user's events of the same object at the same time", async () => {
    const users = Array.from({ length: 4 }, () => crypto.randomUUID());
    await appendScans(...users.map((userId) => buildScanEvents({ userId })));
    wait(4 * days);
    await archiveEvents(env);
    await appendScans(...users.map((userId) => buildScanEvents({ userId })));
    await Promise.all(users.map((userId) => erase(userId)));
    const after = await stored();
    for (const userId of users) expect(after).not.toContain(userId);
  });

  it.each(
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap((call) => [
      [call, "before"] as const,
      [call, "after"] as const,
    ]),
  )("is finished by another run when it crashes at call %i, %s it", async (crashAt, when) => {
    const userId = crypto.randomUUID();
    await scansOf(userId);
    await catchUpToHead();
    const places = await placesOf();
    const crashing = crashingEnv(env, crashAt, when);
    await expect(redactUser(crashing, userId, always)).rejects.toThrow(ProcessCrashed);
    await erase(userId);
    expect(await stored()).not.toContain(userId);
    expect(await placesOf()).toEqual(places);
  });
});

describe("ranges of time", () => {
  const ranges = joinRanges([
    [50, 60],
    [10, 20],
    [15, 30],
    [30, 31],
  ]);

  it("are joined when they overlap", () => {
    expect(ranges).toEqual([
      [10, 31],
      [50, 60],
    ]);
  });

  it.each<[TimeRange, boolean]>([
    [[0, 9], false],
    [[0, 10], true],
    [[20, 20], true],
    [[31, 40], true],
    [[32, 49], false],
    [[32, 100], true],
    [[60, 70], true],
    [[61, 70], false],
  ])("tell whether %j overlaps one of them: %s", (range, expected) => {
    expect(overlaps(ranges, range)).toBe(expected);
    expect(overlaps([], range)).toBe(false);
  });
});
