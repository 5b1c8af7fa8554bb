import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { catchUp, catchUpProjections } from "../../src/events/catch-up.ts";
import { RedactedEvent } from "../../src/events/redacted-event.ts";
import { parkedEvents, redriveEvents } from "../dead-letters/projection-dead-letters.ts";
import { projections } from "../../src/events/projections/projections.ts";
import type { Projection } from "../../src/events/projections/projection.ts";
import { projectionStatuses, resetProjection } from "../../src/events/reset-projection.ts";
import { domainEventTypes } from "../../src/pipeline/domain-event.ts";
import { runScheduled } from "../../src/cron/scheduled-tasks.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { buildScanEvents } from "../support/build-scan-events.ts";
import {
  appendScans,
  catchUpToHead,
  emptyLog,
  type ProjectionName,
  projectionNames,
  rewriteEvents,
  wholeLog,
  projectionRows,
  allProjectionRows,
} from "../support/scan-event-log.ts";

beforeEach(emptyLog);

const order = { by: "op", why: "a test" };
const projectionNamed = (name: string): Projection => {
  const projection = projections.find((it) => it.name === name);
  if (!projection) throw new Error(`There is no projection ${name}`);
  return projection;
};
const scans = (count: number, userId?: string) =>
  Array.from({ length: count }, (_, way) => buildScanEvents({ way, ...(userId && { userId }) }));

it("parses every type of event with the redacted schema", () => {
  expect(RedactedEvent.options.map(({ shape }) => shape.type.value)).toEqual(domainEventTypes);
});

it("covers every projection with its own tables", () => {
  expect(projections.map(({ name }) => name)).toEqual([...projectionNames, "confirmations"]);
});

describe.each(projectionNames)("the projection %s", (name: ProjectionName) => {
  const projection = projectionNamed(name);
  const inSlicesOf = (size: number, slices: number) => catchUp(env, projection, slices, size);

  it("writes the same rows byte for byte when it is rebuilt", async () => {
    await appendScans(...scans(40));
    await catchUpToHead();
    const live = await projectionRows(name);
    expect(live).not.toBe("");
    await resetProjection(env.DB, projection, order);
    expect(await projectionRows(name)).toBe("");
    await inSlicesOf(7, 1_000);
    expect(await projectionRows(name)).toBe(live);
  });

  it("is rebuilt while new events arrive between its slices", async () => {
    await appendScans(...scans(20));
    await catchUpToHead();
    await resetProjection(env.DB, projection, order);
    for (const scan of scans(10)) {
      await inSlicesOf(5, 1);
      await appendScans(scan);
    }
    await inSlicesOf(5, 1_000);
    const rebuilt = await projectionRows(name);
    expect(rebuilt).not.toBe("");
    await resetProjection(env.DB, projection, order);
    await inSlicesOf(1_000, 10);
    expect(await projectionRows(name)).toBe(rebuilt);
    const positions = await projectionStatuses(env.DB);
    expect(positions.find((it) => it.name === name)).toMatchObject({ lag: 0, dead_letters: 0 });
  });

  it("applies each event once when many runs overlap", async () => {
    await appendScans(...scans(30));
    await Promise.all(Array.from({ length: 5 }, () => inSlicesOf(11, 200)));
    const shared = await projectionRows(name);
    await resetProjection(env.DB, projection, order);
    await inSlicesOf(1_000, 10);
    expect(await projectionRows(name)).toBe(shared);
  });

  it.each([1, 2, 3, 4, 5].flatMap((call) => [[call, "before"] as const, [call, "after"] as const]))(
    "applies each event once when it crashes at call %i, %s it",
    async (crashAt, when) => {
      await appendScans(...scans(6));
      const crashing = crashingEnv(env, crashAt, when);
      await expect(catchUp(crashing, projection, 100, 4)).rejects.toThrow("The process");
      await inSlicesOf(4, 100);
      const healed = await projectionRows(name);
      await resetProjection(env.DB, projection, order);
      await inSlicesOf(1_000, 10);
      expect(await projectionRows(name)).toBe(healed);
    },
  );

  it("records a dead letter for an event that it cannot parse, continues, and applies it once it can", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const [first, broken, last] = [buildScanEvents(), buildScanEvents(), buildScanEvents()];
    await appendScans(first, broken, last);
    const whole = await rebuiltNow(name);
    const { seq, data } = broken.events.at(-1) ?? { seq: 0, data: {} };
    const write = (written: unknown) =>
      rewriteEvents((it) =>
        it.job_id === broken.jobId && it.seq === seq ? { data: written } : null,
      );
    await resetProjection(env.DB, projection, order);
    await write({ model: 1 });
    expect(await inSlicesOf(500, 10)).toBe(true);
    const parked = await parkedEvents(name);
    const event = (await wholeLog()).find((it) => it.job_id === broken.jobId && it.seq === seq);
    expect(parked).toMatchObject([
      {
        kind: "projection",
        job_id: broken.jobId,
        user_id: broken.userId,
        cursor: event?.cursor,
        fingerprint: `${name}/EVENT_NOT_APPLIED/scan.completed`,
        next_redrive_at: null,
      },
    ]);
    expect(parked[0]?.error_message).toContain("data.model: invalid_type");
    expect(await redriveEvents(name)).toEqual({ recovered: 0, failed_again: 1 });
    expect((await parkedEvents(name))[0]?.error_message).toContain("data.model: invalid_type");
    await write(data);
    expect(await redriveEvents(name, 2)).toEqual({ recovered: 1, failed_again: 0 });
    expect(await parkedEvents(name)).toEqual([]);
    expect(await projectionRows(name)).toBe(whole);
  });

  it("records a dead letter for an event that the database refuses, and applies all others once", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const table = "daily_statistics";
    const all = scans(8);
    const [odd] = all;
    if (!odd) throw new Error("there are eight");
    // No other scan has its model, so its statistics are a row of their own.
    const asked = buildScanEvents({ jobId: odd.jobId, way: 0, model: "odd" });
    const others = all.slice(1);
    await appendScans(...others.slice(0, 4), asked, ...others.slice(4));
    const isOdd = name === "daily-statistics" ? "new.model = 'odd'" : `new.job_id = '${odd.jobId}'`;
    await env.DB.prepare(
      `CREATE TRIGGER refuse BEFORE INSERT ON ${table} WHEN ${isOdd}
       BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    ).run();
    try {
      expect(await inSlicesOf(500, 10)).toBe(true);
      expect(await parkedEvents(name)).toMatchObject([
        { job_id: odd.jobId, fingerprint: `${name}/EVENT_NOT_APPLIED/scan.completed` },
      ]);
      expect(await redriveEvents(name)).toEqual({ recovered: 0, failed_again: 1 });
    } finally {
      await env.DB.prepare("DROP TRIGGER refuse").run();
    }
    expect(await redriveEvents(name)).toEqual({ recovered: 1, failed_again: 0 });
    const healed = await projectionRows(name);
    expect(healed).toBe(await rebuiltNow(name));
  });
});

/** The rows of a projection after a rebuild. */
async function rebuiltNow(name: ProjectionName): Promise<string> {
  const projection = projectionNamed(name);
  await resetProjection(env.DB, projection, order);
  await catchUp(env, projection, 1_000);
  return projectionRows(name);
}

describe("projections with the same cursor", () => {
  const inTurn = async () => {
    for (const projection of projections) await resetProjection(env.DB, projection, order);
    for (const projection of projections) await catchUp(env, projection, 1_000, 7);
    return allProjectionRows();
  };

  it("read a slice once, and apply it in one transaction", async () => {
    await appendScans(...scans(20));
    const batch = vi.spyOn(env.DB, "batch");
    try {
      await catchUpProjections(env, 10);
      expect(batch).toHaveBeenCalledTimes(2);
    } finally {
      batch.mockRestore();
    }
    const together = await allProjectionRows();
    expect(together).not.toContain("");
    expect(await inTurn()).toEqual(together);
  });

  it("apply each event once when many runs overlap", async () => {
    await appendScans(...scans(30));
    await Promise.all(Array.from({ length: 5 }, () => catchUpProjections(env, 10)));
    const shared = await allProjectionRows();
    expect(await inTurn()).toEqual(shared);
  });

  it.each([1, 2].flatMap((call) => [[call, "before"] as const, [call, "after"] as const]))(
    "apply each event once when the process crashes at call %i, %s it",
    async (crashAt, when) => {
      vi.spyOn(console, "error").mockImplementation(() => {});
      await appendScans(...scans(6));
      await catchUpProjections(crashingEnv(env, crashAt, when), 10);
      await catchUpToHead();
      const healed = await allProjectionRows();
      expect(await inTurn()).toEqual(healed);
    },
  );

  it("do not wait for a projection with another cursor", async () => {
    await appendScans(...scans(10));
    await catchUpToHead();
    const all = await allProjectionRows();
    await resetProjection(env.DB, projectionNamed("daily-statistics"), order);
    await catchUpProjections(env, 10);
    expect(await allProjectionRows()).toEqual(all);
    expect((await projectionStatuses(env.DB)).map(({ lag }) => lag)).toEqual([0, 0]);
  });

  it("record a dead letter only for the projection that is refused", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    await appendScans(...scans(4), buildScanEvents({ model: "odd" }));
    await env.DB.prepare(
      `CREATE TRIGGER refuse BEFORE INSERT ON daily_statistics WHEN new.model = 'odd'
       BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    ).run();
    try {
      await catchUpProjections(env, 10);
    } finally {
      await env.DB.prepare("DROP TRIGGER refuse").run();
    }
    expect(await projectionStatuses(env.DB)).toMatchObject([
      { name: "daily-statistics", lag: 0, dead_letters: 1 },
      { name: "confirmations", lag: 0, dead_letters: 0 },
    ]);
  });
});

describe("projections", () => {
  it("record no dead letters when the database is down", async () => {
    await appendScans(...scans(3));
    let batches = 0;
    const down = new Proxy(env.DB, {
      get(target, key): unknown {
        if (key === "batch") {
          // Reading the slice still works.
          return (statements: D1PreparedStatement[]) =>
            ++batches > 1
              ? Promise.reject(new Error("D1_ERROR: Network connection lost."))
              : env.DB.batch(statements);
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await expect(
      catchUp({ ...env, DB: down }, projectionNamed("daily-statistics"), 10),
    ).rejects.toThrow("connection lost");
    expect(await parkedEvents("daily-statistics")).toEqual([]);
    const { cursor } =
      (await projectionStatuses(env.DB)).find(({ name }) => name === "daily-statistics") ?? {};
    expect(cursor).toBe(0);
  });

  it("continue when one of them fails", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    await appendScans(...scans(3));
    await env.DB.prepare("ALTER TABLE daily_statistics RENAME TO daily_statistics_gone").run();
    try {
      await catchUpProjections(env, 10);
    } finally {
      await env.DB.prepare("ALTER TABLE daily_statistics_gone RENAME TO daily_statistics").run();
    }
    const events = (await wholeLog()).length;
    expect(await projectionStatuses(env.DB)).toMatchObject([
      { name: "daily-statistics", lag: events, dead_letters: 0 },
      { name: "confirmations", lag: 0 },
    ]);
  });

  it("catch up with the head in the cron", async () => {
    await appendScans(...scans(3));
    await runScheduled("*/5 * * * *", env);
    expect((await projectionStatuses(env.DB)).map(({ lag }) => lag)).toEqual([0, 0]);
    expect(await allProjectionRows()).not.toContain("");
  });
});

it("throws for an unknown cron", async () => {
  await expect(runScheduled("0 0 * * *", env)).rejects.toThrow(RangeError);
});
