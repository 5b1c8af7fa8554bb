import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ScanEventsMessage } from "../../src/pipeline/messages.ts";
import { sha256 } from "../../src/platform/sha256.ts";
import { buildScanEvents, messagesOf, type ScanEvents } from "../support/build-scan-events.ts";
import { catchUpToHead, emptyLog, wholeLog } from "../support/scan-event-log.ts";
import { seededRandom, shuffle } from "../support/seeded-random.ts";
import { ProcessCrashed, crashingEnv } from "../support/crashing-env.ts";
import { failingObjects, overloaded } from "../support/failing-objects.ts";
import { buildSubmission, completeStages, jobOf } from "../support/job-builders.ts";
import { buildMessage, deliver } from "../support/queue-messages.ts";

const queue = "scan-events";
const days = 24 * 60 * 60 * 1000;

beforeEach(emptyLog);

type Delivered = ReturnType<typeof buildMessage<unknown>>;
const messageOf = (body: unknown): Delivered => buildMessage(body);

/** All events of a scan in one message. */
const whole = (scan: ScanEvents): ScanEventsMessage => ({ ...scan });

const logOf = async (jobId: string) => (await wholeLog()).filter(({ job_id }) => job_id === jobId);
const seqsOf = async (jobId: string) => (await logOf(jobId)).map(({ seq }) => seq);

/** The expected projection rows of scans, computed from the scans alone. */
function expectedOf(scans: readonly ScanEvents[]) {
  const days = new Map<string, Record<string, unknown> & { scans: number }>();
  for (const { events } of scans) {
    const last = events.at(-1);
    if (last?.type !== "scan.completed" && last?.type !== "scan.failed") throw new Error("no end");
    const { data, at } = last;
    const group = {
      day: new Date(at).toISOString().slice(0, 10),
      region: data.region ?? "",
      major: data.classification?.major_category ?? "",
      middle: data.classification?.middle_category ?? "",
      model: data.model,
      outcome: data.status,
    };
    const id = Object.values(group).join("/");
    const sums = days.get(id) ?? {
      ...group,
      scans: 0,
      rewards: 0,
      input_tokens: 0,
      output_tokens: 0,
      cost_micro_usd: 0,
    };
    const add = (name: string, value: number) => (sums[name] = Number(sums[name]) + value);
    add("scans", 1);
    add("rewards", data.reward ? 1 : 0);
    add("input_tokens", data.input_tokens);
    add("output_tokens", data.output_tokens);
    add("cost_micro_usd", data.cost_micro_usd);
    days.set(id, sums);
  }
  return days;
}

describe("the log of a thousand scans", () => {
  it("is exact when all messages are delivered twice, shuffled, to consumers that crash anywhere", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const random = seededRandom(20261122);
    const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    const scans = Array.from({ length: 1_000 }, (_, index) =>
      buildScanEvents({
        userId: users[index % 100] ?? "",
        at: Date.now() - Math.floor(random() * 3 * days),
        way: index,
      }),
    );
    const sent = scans.flatMap((scan) => {
      const cut = Math.floor(random() * (scan.events.length + 1));
      return messagesOf(scan, random() < 0.5 ? [cut] : []);
    });
    let waiting = shuffle([...sent, ...sent], random);
    let deaths = 0;
    for (let round = 0; waiting.length > 0; round++) {
      expect(round).toBeLessThan(40);
      const left: ScanEventsMessage[] = [];
      while (waiting.length > 0) {
        const bodies = waiting.splice(0, 100);
        const messages = bodies.map(messageOf);
        // The first calls append the events, the later ones catch the projections up.
        const crashAt = 1 + Math.floor(random() * 12);
        const when = random() < 0.5 ? "before" : "after";
        const bindings = round < 6 ? crashingEnv(env, crashAt, when) : env;
        try {
          await deliver(queue, messages, bindings);
        } catch (error) {
          if (!(error instanceof ProcessCrashed)) throw error;
        }
        for (const [index, { ack, retry }] of messages.entries()) {
          expect(ack.mock.calls.length + retry.mock.calls.length).toBe(1);
          const body = bodies[index];
          if (retry.mock.calls.length > 0 && body) left.push(body);
        }
        if (messages.some(({ retry }) => retry.mock.calls.length > 0)) deaths++;
      }
      waiting = shuffle(left, random);
    }
    expect(deaths).toBeGreaterThan(5);

    const log = await wholeLog();
    const byJob = Map.groupBy(log, ({ job_id }) => job_id);
    expect(log).toHaveLength(scans.reduce((sum, { events }) => sum + events.length, 0));
    expect(byJob.size).toBe(scans.length);
    for (const { jobId, userId, events } of scans) {
      expect(
        byJob.get(jobId)?.map(({ seq, type, at, user_id, data }) => ({
          seq,
          type,
          at,
          user_id,
          data,
        })),
      ).toEqual(
        events.map(({ seq, type, at, data }) => ({ seq, type, at, user_id: userId, data })),
      );
    }
    // Duplicates used up no cursor.
    expect((log.at(-1)?.cursor ?? 0) - (log[0]?.cursor ?? 0)).toBe(log.length - 1);

    await catchUpToHead();
    const expected = expectedOf(scans);
    const statistics = await env.DB.prepare("SELECT * FROM daily_statistics").all();
    const key = (row: Record<string, unknown>) =>
      [row["day"], row["region"], row["major"], row["middle"], row["model"], row["outcome"]].join(
        "/",
      );
    expect(new Map(statistics.results.map((row) => [key(row), row]))).toEqual(expected);
    const deadLetters = await env.DB.prepare("SELECT count(*) AS n FROM dead_letters").first();
    expect(deadLetters).toEqual({ n: 0 });
  }, 180_000);
});

describe("a message of events", () => {
  it("is retried when it arrives before the events it follows, and delays no other message", async () => {
    const scan = buildScanEvents();
    const [early, late] = messagesOf(scan, [2]).map(messageOf);
    const other = buildScanEvents();
    const others = messageOf(whole(other));
    if (!early || !late) throw new Error("a scan has more than two events");
    await deliver(queue, [late, others]);
    expect(late.ack).not.toHaveBeenCalled();
    expect(late.retry.mock.calls[0]?.[0]?.delaySeconds).toBeGreaterThan(0);
    expect(others.ack).toHaveBeenCalledTimes(1);
    expect(await logOf(scan.jobId)).toEqual([]);
    await deliver(queue, [early]);
    await deliver(queue, [late]);
    expect(early.ack).toHaveBeenCalledTimes(1);
    expect(late.ack).toHaveBeenCalledTimes(1);
    expect(await seqsOf(scan.jobId)).toEqual(scan.events.map(({ seq }) => seq));
  });

  it("is put in order within its batch when parts overlap", async () => {
    const scan = buildScanEvents();
    const { events, ...owner } = scan;
    const parts = [events.slice(3), events.slice(1, 4), events.slice(0, 2)];
    const messages = parts.map((part) => messageOf({ ...owner, events: part }));
    await deliver(queue, messages);
    for (const { ack } of messages) expect(ack).toHaveBeenCalledTimes(1);
    expect(await seqsOf(scan.jobId)).toEqual(events.map(({ seq }) => seq));
  });

  it("is appended up to the gap when its middle is missing", async () => {
    const scan = buildScanEvents();
    const { events, ...owner } = scan;
    const gapped = messageOf({ ...owner, events: events.filter(({ seq }) => seq !== 2) });
    await deliver(queue, [gapped]);
    expect(gapped.retry).toHaveBeenCalledTimes(1);
    expect(await seqsOf(scan.jobId)).toEqual([0, 1]);
  });

  it("keeps the first version of an event when another arrives", async () => {
    const scan = buildScanEvents();
    await deliver(queue, [messageOf(whole(scan))]);
    const before = await logOf(scan.jobId);
    const { userId: _, ...rest } = scan;
    await deliver(queue, [messageOf({ ...rest, userId: "somebody else" })]);
    expect(await logOf(scan.jobId)).toEqual(before);
  });

  it.each<[string, unknown]>([
    ["is not JSON", "not json"],
    ["is null", null],
    ["has no events", { jobId: crypto.randomUUID(), userId: "u", events: [] }],
    [
      "has a time out of range",
      { ...buildScanEvents(), events: [{ ...buildScanEvents().events[0], at: 9e15 }] },
    ],
  ])("is retried alone, up to a dead letter, when it %s", async (_, body) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const poison = messageOf(body);
    const scan = buildScanEvents();
    const good = messageOf(whole(scan));
    await deliver(queue, [poison, good]);
    expect(poison.ack).not.toHaveBeenCalled();
    expect(poison.retry).toHaveBeenCalledTimes(1);
    expect(good.ack).toHaveBeenCalledTimes(1);
    expect(await seqsOf(scan.jobId)).toHaveLength(scan.events.length);
  });

  it("is retried alone when the database refuses it", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const scans = Array.from({ length: 7 }, () => buildScanEvents());
    const refused = scans[3]?.jobId ?? "";
    await env.DB.prepare(
      `CREATE TRIGGER refuse BEFORE INSERT ON event_jobs WHEN new.job_id = '${refused}'
       BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    ).run();
    try {
      const messages = scans.map((scan) => messageOf(whole(scan)));
      await deliver(queue, messages);
      expect(messages.map(({ ack }) => ack.mock.calls.length)).toEqual([1, 1, 1, 0, 1, 1, 1]);
      expect(messages[3]?.retry).toHaveBeenCalledTimes(1);
    } finally {
      await env.DB.prepare("DROP TRIGGER refuse").run();
    }
  });

  it.each([1, 2, 3, 4].flatMap((call) => [[call, "before"] as const, [call, "after"] as const]))(
    "is applied once when its consumer crashes at call %i, %s it",
    async (crashAt, when) => {
      vi.spyOn(console, "error").mockImplementation(() => {});
      const scan = buildScanEvents();
      await deliver(queue, [messageOf(whole(scan))], crashingEnv(env, crashAt, when));
      await deliver(queue, [messageOf(whole(scan))]);
      expect(await seqsOf(scan.jobId)).toEqual(scan.events.map(({ seq }) => seq));
      const { scans } = (await env.DB.prepare(
        "SELECT sum(scans) AS scans FROM daily_statistics",
      ).first<{ scans: number }>()) ?? { scans: 0 };
      expect(scans).toBe(1);
    },
  );

  it("is appended once when two consumers get it, and other messages, at the same time", async () => {
    const scans = Array.from({ length: 20 }, (_, way) => buildScanEvents({ way }));
    const deliveries = [0, 1, 2, 3].map((consumer) =>
      scans.filter((_, index) => index % 4 !== consumer).map((scan) => messageOf(whole(scan))),
    );
    await Promise.all(deliveries.map((messages) => deliver(queue, messages)));
    for (const { ack } of deliveries.flat()) expect(ack).toHaveBeenCalledTimes(1);
    const log = await wholeLog();
    expect(log.map(({ cursor }) => cursor)).toEqual(log.map((_, index) => index + 1));
    for (const { jobId, events } of scans) {
      expect(await seqsOf(jobId)).toEqual(events.map(({ seq }) => seq));
    }
  });

  it("is divided among segments when its batch is large, none of which nears the limit of a row", async () => {
    const long = Array.from({ length: 200 }, (_, way) =>
      buildScanEvents({ way, insufficiencies: ["라벨을 떼어 주세요. ".repeat(100)] }),
    );
    await deliver(queue, long.map(whole).map(messageOf));
    const { results } = await env.DB.prepare(
      `SELECT first_cursor, last_cursor, octet_length(events) AS bytes FROM event_segments
       ORDER BY last_cursor`,
    ).all<{ first_cursor: number; last_cursor: number; bytes: number }>();
    expect(results.length).toBeGreaterThan(2);
    for (const { bytes } of results) expect(bytes).toBeLessThan(1_500_000);
    const log = await wholeLog();
    expect(results.map((it) => it.first_cursor)).toEqual([
      1,
      ...results.slice(0, -1).map((it) => it.last_cursor + 1),
    ]);
    expect(log.map(({ cursor }) => cursor)).toEqual(log.map((_, index) => index + 1));
    expect(log).toHaveLength(long.flatMap(({ events }) => events).length);
  });

  it("costs a row of its job, and a share of its batch's segment", async () => {
    const counted: number[] = [];
    const DB = new Proxy(env.DB, {
      get(target, key): unknown {
        if (key === "batch") {
          return async (statements: D1PreparedStatement[]) => {
            const results = await env.DB.batch(statements);
            counted.push(results.reduce((sum, { meta }) => sum + meta.rows_written, 0));
            return results;
          };
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const { appendEvents } = await import("../../src/events/append-events.ts");
    const scans = Array.from({ length: 50 }, (_, way) => buildScanEvents({ way }));
    await appendEvents(
      DB,
      scans.flatMap((scan) => messagesOf(scan)),
    );
    expect(counted).toEqual([51]);
  });

  it("writes a hundred whole scans in one database batch", async () => {
    const batch = vi.fn<D1Database["batch"]>((statements) => env.DB.batch(statements));
    const DB = new Proxy(env.DB, {
      get(target, key): unknown {
        if (key === "batch") return batch;
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const { appendEvents } = await import("../../src/events/append-events.ts");
    const scans = Array.from({ length: 100 }, (_, way) => buildScanEvents({ way }));
    await appendEvents(
      DB,
      scans.flatMap((scan) => messagesOf(scan)),
    );
    expect(batch).toHaveBeenCalledTimes(1);
    expect(await wholeLog()).toHaveLength(scans.flatMap(({ events }) => events).length);
  });
});

describe("a gap before a message", () => {
  /** A scan that has ended, in whose job the messages of its events have been sent. */
  async function endedScan() {
    const submission = buildSubmission({}, { userId: crypto.randomUUID() });
    const job = jobOf(submission.jobId);
    await job.submit(submission);
    await completeStages(job);
    const sent = await job.domainEvents(0);
    if (!sent) throw new Error("the job has no events");
    return { job, sent };
  }
  const from = (sent: ScanEventsMessage, seq: number) =>
    sent.events.filter((event) => event.seq >= seq);

  it.each([1, 2, 3])(
    "is filled by its job when the messages before seq %i are lost",
    async (seq) => {
      const { sent } = await endedScan();
      const message = messageOf({ ...sent, events: from(sent, seq) });
      await deliver(queue, [message]);
      expect(message.ack).toHaveBeenCalledTimes(1);
      expect(await seqsOf(sent.jobId)).toEqual(sent.events.map((event) => event.seq));
      // The late copy of what was lost changes nothing.
      const late = messageOf({ ...sent, events: sent.events.slice(0, seq) });
      await deliver(queue, [late]);
      expect(late.ack).toHaveBeenCalledTimes(1);
      expect(await seqsOf(sent.jobId)).toHaveLength(sent.events.length);
    },
  );

  it("is filled when it is in the middle, between messages of one batch", async () => {
    const { sent } = await endedScan();
    const parts = [sent.events.slice(0, 1), from(sent, 3)];
    const messages = parts.map((events) => messageOf({ ...sent, events }));
    const other = messageOf(whole(buildScanEvents()));
    await deliver(queue, [...messages, other]);
    for (const { ack } of [...messages, other]) expect(ack).toHaveBeenCalledTimes(1);
    expect(await seqsOf(sent.jobId)).toEqual(sent.events.map((event) => event.seq));
  });

  it("delays its message while the job cannot be reached", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { sent } = await endedScan();
    const message = messageOf({ ...sent, events: from(sent, 2) });
    const SCAN_JOB = failingObjects(env.SCAN_JOB, overloaded);
    await deliver(queue, [message], { ...env, SCAN_JOB });
    expect(message.retry).toHaveBeenCalledTimes(1);
    expect(await seqsOf(sent.jobId)).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5])(
    "is filled by the next delivery when the consumer crashes at call %i",
    async (crashAt) => {
      vi.spyOn(console, "error").mockImplementation(() => {});
      vi.spyOn(console, "warn").mockImplementation(() => {});
      const { sent } = await endedScan();
      for (const when of ["before", "after"] as const) {
        const message = messageOf({ ...sent, events: from(sent, 2) });
        await deliver(queue, [message], crashingEnv(env, crashAt, when));
      }
      const message = messageOf({ ...sent, events: from(sent, 2) });
      await deliver(queue, [message]);
      expect(message.ack).toHaveBeenCalledTimes(1);
      expect(await seqsOf(sent.jobId)).toEqual(sent.events.map((event) => event.seq));
    },
  );

  it("stays, and is logged, when its job is purged: later events are not lost with it", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const { job, sent } = await endedScan();
    await job.erase();
    const body = { ...sent, events: from(sent, 2) };
    const early = buildMessage(body, 11);
    await deliver(queue, [early]);
    expect(early.retry).toHaveBeenCalledTimes(1);
    expect(await seqsOf(sent.jobId)).toEqual([]);
    const late = buildMessage(body, 12);
    await deliver(queue, [late]);
    expect(late.ack).toHaveBeenCalledTimes(1);
    expect(await seqsOf(sent.jobId)).toEqual(body.events.map((event) => event.seq));
    expect(JSON.stringify(logged.mock.calls)).toContain("events.lost");
  });
});

describe("events of an erased user", () => {
  const erase = async (userId: string, at: number) =>
    env.DB.prepare("INSERT INTO erased_users (user_hash, erased_at) VALUES (?, ?)")
      .bind(await sha256(userId), at)
      .run();

  it("are redacted on arrival when they are older than the erasure", async () => {
    const scan = buildScanEvents();
    await erase(scan.userId, scan.events[2]?.at ?? 0);
    await deliver(queue, [messageOf(whole(scan))]);
    const log = await logOf(scan.jobId);
    expect(log.map(({ user_id }) => user_id === null)).toEqual(
      scan.events.map(({ seq }) => seq <= 2),
    );
    expect(log[1]?.data).toEqual({
      redacted: true,
      classification: { major_category: "재활용폐기물", middle_category: "무색페트병" },
      regulation_version: "v1",
    });
    expect(log.at(-1)?.data).toEqual(scan.events.at(-1)?.data);
  });

  it("name nobody, and count in the statistics", async () => {
    const scan = buildScanEvents();
    await erase(scan.userId, Date.now() + days);
    await deliver(queue, [messageOf(whole(scan))]);
    const count = (table: string) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first();
    expect(await count("daily_statistics")).toEqual({ n: 1 });
    expect((await wholeLog()).every(({ user_id }) => user_id === null)).toBe(true);
  });
});
