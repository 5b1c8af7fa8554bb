import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runScheduled } from "../../src/cron/scheduled-tasks.ts";
import { appendEvents } from "../../src/events/append-events.ts";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { keyOf } from "../../src/events/archive-object.ts";
import { catchUp, catchUpProjections } from "../../src/events/catch-up.ts";
import { type LoggedEvent, parseEvents } from "../../src/events/logged-event.ts";
import { projections } from "../../src/events/projections/projections.ts";
import { readLog } from "../../src/events/read-log.ts";
import { projectionStatuses, resetProjection } from "../../src/events/reset-projection.ts";
import { parkedEvents, redriveEvents } from "../dead-letters/projection-dead-letters.ts";
import { buildScanEvents, firstScanAt, messagesOf } from "../support/build-scan-events.ts";
import { ProcessCrashed, crashingEnv } from "../support/crashing-env.ts";
import {
  allProjectionRows,
  appendScans,
  catchUpToHead,
  emptyLog,
  eventsInD1,
  projectionRows,
  rewriteEvents,
  wholeLog,
} from "../support/scan-event-log.ts";
import { callApp } from "../support/worker-requests.ts";

const minutes = 60 * 1000;
const days = 24 * 60 * minutes;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: firstScanAt });
  await emptyLog();
});
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);
const archive = (bindings: Env = env) => archiveEvents(bindings);
const silence = (level: "error" | "warn") => vi.spyOn(console, level).mockImplementation(() => {});

/** The archived events by the key of their object. */
async function archived(): Promise<Map<string, LoggedEvent[]>> {
  const { objects } = await env.EVENT_ARCHIVE.list();
  const read = objects.map(async ({ key }) => {
    const object = await env.EVENT_ARCHIVE.get(key);
    return [key, parseEvents((await object?.text()) ?? "")] as const;
  });
  return new Map(await Promise.all(read));
}

/** Scans that are submitted one minute after the other, in one segment. */
async function appendSegment(count = 1, way = 0) {
  const scans = Array.from({ length: count }, (_, index) =>
    buildScanEvents({ way: way + index, at: Date.now() + index * minutes }),
  );
  await appendScans(...scans);
  return scans;
}

/** The archive's bucket with a method of its own. */
const bucketWith = (methods: Partial<Record<"get" | "put", unknown>>): Env => ({
  ...env,
  EVENT_ARCHIVE: new Proxy(env.EVENT_ARCHIVE, {
    get(target, key): unknown {
      if (key === "get" || key === "put") {
        const method = methods[key];
        if (method) return method;
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }),
});

const ask = (query: Record<string, string | number>) =>
  callApp(
    { EVENTS_TOKEN: "events-secret" },
    `/api/v1/events?${new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, String(value)]),
    ).toString()}`,
    { headers: { authorization: "Bearer events-secret" } },
  );

/** Every answer of the feed from the beginning to the end, byte for byte. */
async function feed(query: Record<string, string | number>): Promise<string[]> {
  const answers: string[] = [];
  for (let after = "0"; ;) {
    const response = await ask({ ...query, after });
    expect(response.status).toBe(200);
    const next = response.headers.get("x-next-cursor") ?? "";
    answers.push(`${next} ${await response.text()}`);
    if (next === after) return answers;
    after = next;
  }
}

describe("archiving events", () => {
  it("moves segments that are two days old, and fewer than fill an object a day later", async () => {
    await appendSegment();
    wait(1 * days);
    await appendSegment();
    const log = await wholeLog();
    wait(2 * days - 1);
    await archive();
    expect(await archived()).toEqual(new Map());
    wait(1);
    await runScheduled("*/5 * * * *", env);
    expect([...(await archived()).keys()]).toEqual([keyOf(1)]);
    expect(await eventsInD1()).toEqual([]);
    expect([...(await archived()).values()].flat()).toEqual(log);
    expect(await wholeLog()).toEqual(log);
  });

  it("leaves segments in D1 that are younger than two days", async () => {
    const [old] = await appendSegment();
    wait(2 * days);
    const [young] = await appendSegment();
    wait(1 * days);
    await archive();
    expect(new Set((await eventsInD1()).map(({ job_id }) => job_id))).toEqual(
      new Set([young?.jobId]),
    );
    const [moved] = [...(await archived()).values()];
    expect(new Set(moved?.map(({ job_id }) => job_id))).toEqual(new Set([old?.jobId]));
  });

  it("puts two days to R2 in objects of about 1 MB, and the feed answers the same bytes", async () => {
    for (let batch = 0; batch < 48; batch++) {
      await appendSegment(30, batch);
      wait(60 * minutes);
    }
    await catchUpToHead();
    const queries = [
      { limit: 500 },
      { limit: 97 },
      { limit: 500, type: "scan.rewarded,scan.parked" },
      { limit: 500, from: "2026-10-01T20:30:00Z", to: "2026-10-02T03:30:00Z" },
    ];
    const answers = () => Promise.all(queries.map(feed));
    const before = await answers();
    const rows = await allProjectionRows();
    wait(3 * days);
    await archive();
    const { objects } = await env.EVENT_ARCHIVE.list();
    expect(objects.length).toBeGreaterThan(1);
    expect(await eventsInD1()).toEqual([]);
    for (const { size } of objects) expect(size).toBeLessThan(4_000_000);
    for (const { size } of objects.slice(0, -1)) expect(size).toBeGreaterThanOrEqual(1_000_000);
    expect(await answers()).toEqual(before);
    for (const projection of projections) {
      await resetProjection(env.DB, projection, { by: "op", why: "a test" });
    }
    await catchUpToHead();
    expect(await allProjectionRows()).toEqual(rows);
  });

  it("reads no more than one page at a time", async () => {
    for (let batch = 0; batch < 16; batch++) await appendSegment(100, batch);
    const total = JSON.stringify(await wholeLog()).length;
    expect(total).toBeGreaterThan(2_000_000);
    const pagesOf = async () => {
      const sizes: number[] = [];
      for (let next = 0, head = 1; next < head;) {
        const page = await readLog(env, next, Infinity);
        ({ next, head } = page);
        sizes.push(JSON.stringify(page.events).length);
      }
      return sizes;
    };
    for (const size of await pagesOf()) expect(size).toBeLessThan(1_500_000);
    wait(4 * days);
    await archive();
    expect(await eventsInD1()).toEqual([]);
    for (const size of await pagesOf()) expect(size).toBeLessThan(1_500_000);
  });

  it("continues with the next cursor when all events are in R2", async () => {
    await appendSegment();
    const last = (await wholeLog()).at(-1)?.cursor ?? 0;
    wait(4 * days);
    await archive();
    expect(await eventsInD1()).toEqual([]);
    await appendSegment();
    expect((await eventsInD1())[0]?.cursor).toBe(last + 1);
    const cursors = (await wholeLog()).map(({ cursor }) => cursor);
    expect(cursors).toEqual(cursors.map((_, index) => index + 1));
  });

  it("ignores duplicates of archived events, and appends what follows them", async () => {
    const scan = buildScanEvents({ at: Date.now() });
    const [early, late] = messagesOf(scan, [3]);
    if (!early || !late) throw new Error("a scan has more than three events");
    await appendEvents(env.DB, [early]);
    wait(4 * days);
    await archive();
    expect(await eventsInD1()).toEqual([]);
    const heads = await appendEvents(env.DB, [early, late, early]);
    expect(heads.get(scan.jobId)).toBe(scan.events.length - 1);
    expect((await wholeLog()).map(({ seq }) => seq)).toEqual(scan.events.map(({ seq }) => seq));
  });

  it.each(
    Array.from({ length: 14 }, (_, index) => index + 1).flatMap((call) => [
      [call, "before"] as const,
      [call, "after"] as const,
    ]),
  )(
    "loses no event and moves none twice when it crashes at call %i, %s it",
    async (crashAt, when) => {
      await appendSegment(3);
      const full = Array.from({ length: 600 }, (_, way) => buildScanEvents({ way: way * 4 }));
      await appendScans(...full);
      await appendSegment(2);
      const log = await wholeLog();
      wait(4 * days);
      await expect(archive(crashingEnv(env, crashAt, when))).rejects.toThrow(ProcessCrashed);
      expect(await wholeLog()).toEqual(log);
      await archive();
      expect(await eventsInD1()).toEqual([]);
      expect(await wholeLog()).toEqual(log);
      expect([...(await archived()).values()].flat()).toEqual(log);
    },
  );

  it("moves each event once when two runs overlap", async () => {
    silence("warn");
    await appendSegment(3);
    const log = await wholeLog();
    wait(4 * days);
    await Promise.all([archive(), archive()]);
    await archive();
    expect(await eventsInD1()).toEqual([]);
    expect([...(await archived()).values()].flat()).toEqual(log);
  });

  it("does not overwrite the object of a faster run, which has more events", async () => {
    silence("warn");
    await appendSegment(3);
    wait(3 * days);
    await appendSegment(2);
    let isFirst = true;
    const slow = bucketWith({
      put: async (...args: Parameters<R2Bucket["put"]>) => {
        if (isFirst) {
          isFirst = false;
          wait(3 * days);
          await archive();
        }
        return env.EVENT_ARCHIVE.put(...args);
      },
    });
    const log = await wholeLog();
    await archive(slow);
    expect(await wholeLog()).toEqual(log);
    expect(await eventsInD1()).toEqual([]);
  });

  it("deletes no segment when the object lacks its events", async () => {
    silence("warn");
    await appendSegment(3);
    const log = await wholeLog();
    wait(4 * days);
    await archive(bucketWith({ get: () => Promise.resolve(null) }));
    expect(await eventsInD1()).toEqual(log);
    await archive();
    expect(await eventsInD1()).toEqual([]);
    expect(await wholeLog()).toEqual(log);
  });
});

type Damage = (key: string) => Promise<unknown>;
const damages: [string, Damage][] = [
  ["is missing", (key) => env.EVENT_ARCHIVE.delete(key)],
  ["is cut within a line", async (key) => rewrite(key, (text) => text.slice(0, -20))],
  ["is cut between lines", async (key) => rewrite(key, (text) => text.replace(/\n[^\n]*$/, ""))],
  ["is no NDJSON", (key) => rewrite(key, () => "<html>")],
];

async function rewrite(key: string, change: (text: string) => string) {
  const object = await env.EVENT_ARCHIVE.get(key);
  await env.EVENT_ARCHIVE.put(key, change((await object?.text()) ?? ""));
}

describe.each(damages)("an archive whose object %s", (_, damage) => {
  /** Three objects and a segment; the second object is damaged. */
  async function damaged() {
    for (let count = 0; count < 3; count++) {
      await appendSegment(2);
      wait(4 * days);
      await archive();
    }
    await appendSegment();
    const log = await wholeLog();
    const [, key = ""] = [...(await archived()).keys()];
    const object = await env.EVENT_ARCHIVE.get(key);
    const text = (await object?.text()) ?? "";
    const unread = parseEvents(text).map(({ cursor }) => cursor);
    await damage(key);
    return {
      log,
      first: unread[0] ?? 0,
      last: unread.at(-1) ?? 0,
      repair: () => env.EVENT_ARCHIVE.put(key, text),
    };
  }

  it("is told to readers of the feed, who get all events before and after it", async () => {
    const logged = silence("error");
    const { log, first, last } = await damaged();
    const idsOf = (events: LoggedEvent[]) => events.map(({ job_id, seq }) => `${job_id}/${seq}`);
    const read = async (after: number) => {
      const response = await ask({ after, limit: 500 });
      const body: unknown = await response.json();
      return { status: response.status, next: Number(response.headers.get("x-next-cursor")), body };
    };
    const before = await read(0);
    expect(before).toMatchObject({ status: 200, next: first - 1 });
    expect(before.body).toMatchObject(idsOf(log.slice(0, first - 1)).map((id) => ({ id })));
    expect(await read(first - 1)).toMatchObject({
      status: 503,
      body: { code: "EVENTS_UNREADABLE", first_cursor: first, last_cursor: last },
    });
    expect((await read(last)).body).toMatchObject(idsOf(log.slice(last)).map((id) => ({ id })));
    expect(JSON.stringify(logged.mock.calls)).toContain("events.archive_unreadable");
  });

  it("is passed over once its row is deleted", async () => {
    silence("error");
    const { log, first, last } = await damaged();
    await env.DB.prepare("DELETE FROM event_archives WHERE last_cursor = ?").bind(last).run();
    const left = log.filter(({ cursor }) => cursor < first || cursor > last);
    expect(await wholeLog()).toEqual(left);
    await catchUpToHead();
    for (const { lag } of await projectionStatuses(env.DB)) expect(lag).toBe(0);
  });

  it("stops projections before its events, and they go on when it is repaired", async () => {
    const logged = silence("error");
    const { log, first, repair } = await damaged();
    await catchUpProjections(env, 100);
    expect(JSON.stringify(logged.mock.calls)).toContain("projection.stopped");
    for (const { cursor, lag } of await projectionStatuses(env.DB)) {
      expect(cursor).toBe(first - 1);
      expect(lag).toBe(log.length - first + 1);
    }
    await repair();
    await catchUpToHead();
    const statuses = await projectionStatuses(env.DB);
    expect(statuses.map(({ lag }) => lag)).toEqual(statuses.map(() => 0));
    const live = await allProjectionRows();
    for (const projection of projections) {
      await resetProjection(env.DB, projection, { by: "op", why: "a test" });
    }
    await catchUpToHead();
    expect(await allProjectionRows()).toEqual(live);
  });
});

describe("reading while R2 does not answer", () => {
  it("fails, and does not skip what is there", async () => {
    silence("error");
    await appendSegment();
    wait(4 * days);
    await archive();
    await appendSegment();
    const down = bucketWith({ get: () => Promise.reject(new Error("internal error (10001)")) });
    await expect(readLog(down, 0, 100)).rejects.toThrow("The events 1 to");
    const [projection] = projections;
    if (!projection) throw new Error("there are projections");
    await expect(catchUp(down, projection, 10)).rejects.toThrow("cannot be read");
    expect((await readLog(env, 0, 100)).events[0]?.cursor).toBe(1);
  });
});

describe("a dead letter of a projection", () => {
  it("is applied when its event is in R2, and says why when that cannot be read", async () => {
    silence("error");
    const name = "daily-statistics";
    await appendSegment(2, 1);
    const before = await wholeLog();
    const odd = before.find(({ type }) => type === "scan.completed");
    const write = (data: unknown) =>
      rewriteEvents(({ cursor }) => (cursor === odd?.cursor ? { data } : null));
    await write({});
    await catchUpToHead();
    expect(await parkedEvents(name)).toHaveLength(1);
    await write(odd?.data);
    wait(4 * days);
    await archive();
    expect(await eventsInD1()).toEqual([]);
    const object = await env.EVENT_ARCHIVE.get(keyOf(1));
    const text = (await object?.text()) ?? "";
    await env.EVENT_ARCHIVE.delete(keyOf(1));
    expect(await redriveEvents(name)).toEqual({ recovered: 0, failed_again: 1 });
    expect((await parkedEvents(name))[0]?.error_message).toContain("cannot be read");
    await env.EVENT_ARCHIVE.put(keyOf(1), text);
    expect(await redriveEvents(name, 2)).toEqual({ recovered: 1, failed_again: 0 });
    const live = await projectionRows(name);
    const projection = projections.find((it) => it.name === name);
    if (!projection) throw new Error("there are statistics");
    await resetProjection(env.DB, projection, { by: "op", why: "a test" });
    await catchUpToHead();
    expect(await projectionRows(name)).toBe(live);
  });
});
