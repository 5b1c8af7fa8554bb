import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { appendEvents } from "../../src/events/append-events.ts";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { LoggedEvent } from "../../src/events/logged-event.ts";
import { redactUser } from "../../src/events/redact-user.ts";
import { readLog } from "../../src/events/read-log.ts";
import { buildScanEvents, type ScanEvents } from "../support/build-scan-events.ts";
import { eventsInD1, wholeLog } from "../support/scan-event-log.ts";

const { MIGRATIONS, DB } = env;
const segments = MIGRATIONS.findIndex(({ name }) => name.startsWith("0018"));
const hours = 60 * 60 * 1000;
const days = 24 * hours;
const now = Date.UTC(2026, 10, 28, 12);
const old = now - 40 * days;

const keyOf = (at: number) =>
  `events/${new Date(at).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/")}.ndjson`;

/** Scans in three hours of the archive, the first of them restored to D1, and in D1 alone. */
const [first, second, third, late, parked, recent] = [
  buildScanEvents({ at: old, way: 0 }),
  buildScanEvents({ at: old + hours, way: 1 }),
  buildScanEvents({ at: old + 2 * hours, way: 1 }),
  buildScanEvents({ at: old + 2_000, way: 2 }),
  buildScanEvents({ at: old + hours + 9_000, way: 0 }),
  buildScanEvents({ at: now - days, way: 5 }),
] as const;

let cursor = 0;
const logged = ({ jobId, userId, traceparent, events }: ScanEvents): LoggedEvent[] =>
  events.map(({ seq, type, at, data }) => ({
    cursor: ++cursor,
    job_id: jobId,
    seq,
    type,
    at,
    user_id: userId,
    traceparent,
    data,
  }));

/** The log as it was: the events of the first two hours alternate. */
const log = (() => {
  const [a, b] = [[...first.events], [...second.events]];
  const parts: ScanEvents[] = [];
  while (a.length > 0 || b.length > 0) {
    parts.push({ ...first, events: a.splice(0, 1) }, { ...second, events: b.splice(0, 2) });
  }
  const started = { ...parked, events: parked.events.slice(0, 2) };
  const many = Array.from({ length: 900 }, (_, way) => buildScanEvents({ at: now - days, way }));
  return [...parts, started, third, late, recent, ...many].flatMap(logged);
})();
const of = ({ jobId }: ScanEvents) => log.filter(({ job_id }) => job_id === jobId);

async function insertRows(events: readonly LoggedEvent[]) {
  await DB.prepare(
    `INSERT INTO events (cursor, job_id, seq, type, at, user_id, data, traceparent)
     SELECT value ->> 'cursor', value ->> 'job_id', value ->> 'seq', value ->> 'type', value ->> 'at',
       value ->> 'user_id', value ->> 'text', value ->> 'traceparent' FROM json_each(?)`,
  )
    .bind(JSON.stringify(events.map((it) => ({ ...it, text: JSON.stringify(it.data) }))))
    .run();
}

async function archiveHour(at: number, events: readonly LoggedEvent[], heldUntil: number | null) {
  const lines = events.map((event) => JSON.stringify(LoggedEvent.parse(event)));
  await env.EVENT_ARCHIVE.put(keyOf(at), `${lines.join("\n")}\n`);
  await DB.prepare("INSERT INTO event_archives VALUES (?, ?, ?, ?, ?, ?, ?)")
    .bind(keyOf(at), at, events[0]?.cursor, events.at(-1)?.cursor, events.length, now, heldUntil)
    .run();
}

describe("the migration to segments", () => {
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now });
    const tables = await DB.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
    ).all<{ name: string }>();
    await DB.batch(tables.results.map(({ name }) => DB.prepare(`DROP TABLE "${name}"`)));
    await applyD1Migrations(DB, MIGRATIONS.slice(0, segments));
    await archiveHour(old, of(first), now + days);
    // The parked scan's first events are in the archive, and more are to come.
    const hour = [...of(second), ...of(parked)].toSorted((a, b) => a.cursor - b.cursor);
    await archiveHour(old + hours, hour, null);
    await archiveHour(old + 2 * hours, of(third), null);
    await DB.prepare(
      `INSERT INTO event_archive_jobs VALUES ('${first.jobId}', ${first.events.length - 1}),
         ('${second.jobId}', ${second.events.length - 1}), ('${parked.jobId}', 1)`,
    ).run();
    await DB.prepare("INSERT INTO open_jobs VALUES (?, 1)").bind(parked.jobId).run();
    // The first hour is restored; the late scan belongs to it, and is not archived yet.
    const archived = new Set([second.jobId, third.jobId, parked.jobId]);
    await insertRows(log.filter(({ job_id }) => !archived.has(job_id)));
    await DB.prepare(
      `INSERT INTO event_readers VALUES ('audit', 3, 1), ('daily-statistics', 4, 1)`,
    ).run();
    await applyD1Migrations(DB, MIGRATIONS);
  });
  afterAll(() => void vi.useRealTimers());

  it("keeps every event at its cursor, once, those of archived hours too", async () => {
    expect(await wholeLog()).toEqual(log);
    expect((await readLog(env, 0, 3)).events).toEqual(log.slice(0, 3));
  });

  it("makes segments of about 500 events", async () => {
    const { results } = await DB.prepare(
      `SELECT first_cursor, last_cursor, first_at, last_at, types, redactions, octet_length(events) AS bytes
       FROM event_segments ORDER BY last_cursor`,
    ).all<Record<string, number | string>>();
    expect(results.length).toBeGreaterThan(3);
    for (const { bytes } of results) expect(bytes).toBeLessThan(400_000);
    const inD1 = await eventsInD1();
    expect(inD1[0]?.cursor).toBe(of(late)[0]?.cursor);
    expect(results[0]).toMatchObject({
      first_cursor: inD1[0]?.cursor,
      first_at: old + 2_000,
      redactions: 0,
    });
    expect(results.at(-1)?.["last_cursor"]).toBe(log.at(-1)?.cursor);
  });

  it("knows how far recent and open jobs are, and appends after the last cursor", async () => {
    const before = await wholeLog();
    const heads = await appendEvents(DB, [recent, parked, first, second]);
    expect(heads.get(parked.jobId)).toBe(parked.events.length - 1);
    const after = await wholeLog();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length).map(({ cursor: at, seq }) => [at, seq])).toEqual(
      parked.events.slice(2).map(({ seq }, index) => [log.length + index + 1, seq]),
    );
  });

  it("drops the old tables, and the audit that the log replaces", async () => {
    const { results } = await DB.prepare(
      `SELECT name FROM sqlite_schema WHERE name IN
       ('events', 'event_archive_users', 'event_archive_jobs', 'scan_audit', 'unarchived_events')`,
    ).all();
    expect(results).toEqual([]);
    expect((await DB.prepare("SELECT name FROM event_readers").all()).results).toEqual([
      { name: "daily-statistics" },
    ]);
  });

  it("archives the segments beside the hours, and redacts both", async () => {
    const before = await wholeLog();
    await archiveEvents(env);
    vi.setSystemTime(now + 4 * days);
    await archiveEvents(env);
    expect(await eventsInD1()).toEqual([]);
    expect(await wholeLog()).toEqual(before);
    for (const { userId } of [first, second, recent]) {
      expect(await redactUser(env, userId, [[0, now]])).toBeGreaterThan(0);
      expect(JSON.stringify(await wholeLog())).not.toContain(userId);
    }
    expect((await wholeLog()).map((it) => it.cursor)).toEqual(before.map((it) => it.cursor));
  });
});
