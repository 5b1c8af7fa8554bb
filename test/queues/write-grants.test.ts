import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import { DeadLetterPage, listDeadLetters } from "../../src/dead-letters/dead-letter-list.ts";
import { redriveSources, resolveOverdueRedrives } from "../../src/dead-letters/redrive-sources.ts";
import { writeSources } from "../../src/dead-letters/dead-letter-kind.ts";
import { deleteSettled } from "../../src/dead-letters/dead-letter-store.ts";
import { WriteQueue, writeQueues } from "../../src/dead-letters/write-queues.ts";
import type { GrantMessage } from "../../src/pipeline/messages.ts";
import { redriveWaitsMs } from "../../src/pipeline/redrive-policy.ts";
import { sha256 } from "../../src/platform/sha256.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { buildMessage, deliver } from "../support/queue-messages.ts";
import { traceparent } from "../support/job-builders.ts";
import { seededInteger } from "../support/seeded-random.ts";

const queues = ["character-ownership", "user-characters"] as const;
const minutes = 60_000;

const aGrant = (rest: Partial<GrantMessage> = {}): GrantMessage => ({
  id: crypto.randomUUID(),
  userId: crypto.randomUUID(),
  character: { code: "char-petty", name: "페티", type: "재활용", dialog: "고마워!" },
  acquiredAt: 1_000,
  ...rest,
});

const Ownership = z.object({
  id: z.string(),
  user_id: z.string(),
  character_code: z.string(),
  acquired_at: z.int(),
});
const Collected = z.object({
  id: z.string(),
  user_id: z.string(),
  code: z.string(),
  name: z.string(),
  dialog: z.string(),
  acquired_at: z.int(),
});

async function rowsOf<Row extends z.ZodType>(table: string, row: Row, userIds: readonly string[]) {
  const { results } = await env.DB.prepare(
    `SELECT * FROM ${table} WHERE user_id IN (SELECT value FROM json_each(?)) ORDER BY 1, 2, 3`,
  )
    .bind(JSON.stringify(userIds))
    .all();
  return z.array(row).parse(results);
}
const ownerships = (...userIds: string[]) => rowsOf("character_ownerships", Ownership, userIds);
const collected = (...userIds: string[]) => rowsOf("user_characters", Collected, userIds);

async function erase(userId: string, at: number) {
  await env.DB.prepare("INSERT INTO erased_users VALUES (?, ?)")
    .bind(await sha256(userId), at)
    .run();
}

describe.each(queues)("the queue %s", (queue) => {
  const saved = queue === "character-ownership" ? ownerships : collected;

  it("writes a batch of fifty in one call, and acknowledges each message", async () => {
    const userId = crypto.randomUUID();
    const messages = Array.from({ length: 50 }, (_, index) => {
      const character = { code: `char-${index}`, name: "이름", type: "재활용", dialog: "말" };
      return buildMessage<unknown>(aGrant({ userId, character }));
    });
    const batch = vi.spyOn(env.DB, "batch");
    await deliver(queue, messages, env);
    expect(batch).toHaveBeenCalledTimes(1);
    batch.mockRestore();
    expect(await saved(userId)).toHaveLength(50);
    for (const { ack, retry } of messages) {
      expect(ack).toHaveBeenCalledTimes(1);
      expect(retry).not.toHaveBeenCalled();
    }
  });

  it.each<[string, unknown]>([
    ["is not an object", "grant"],
    ["is null", null],
    ["has no user", { ...aGrant(), userId: undefined }],
    ["has a field that nobody knows", { ...aGrant(), extra: "x" }],
    ["has a time that is no number", { ...aGrant(), acquiredAt: "today" }],
  ])("sends a message that %s the way to the dead letters alone", async (_, body) => {
    const grant = aGrant();
    const [poison, good] = [buildMessage(body), buildMessage<unknown>(grant)];
    await deliver(queue, [poison, good], env);
    expect(poison.ack).not.toHaveBeenCalled();
    expect(poison.retry).toHaveBeenCalledTimes(1);
    expect(good.ack).toHaveBeenCalledTimes(1);
    expect(await saved(grant.userId)).toHaveLength(1);
  });

  it("retries only the message whose row the database refuses", async () => {
    const table = queue === "character-ownership" ? "character_ownerships" : "user_characters";
    const grant = aGrant();
    const poison = buildMessage<unknown>(grant);
    const others = [aGrant(), aGrant()].map((it) => buildMessage<unknown>(it));
    await env.DB.prepare(
      `CREATE TRIGGER refused BEFORE INSERT ON ${table} WHEN new.user_id = '${grant.userId}'
       BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    ).run();
    try {
      await deliver(queue, [poison, ...others], env);
    } finally {
      await env.DB.prepare("DROP TRIGGER refused").run();
    }
    expect(poison.retry).toHaveBeenCalledTimes(1);
    expect(poison.ack).not.toHaveBeenCalled();
    expect(await saved(grant.userId)).toEqual([]);
    for (const { ack } of others) expect(ack).toHaveBeenCalledTimes(1);
  });

  it("retries all messages with a delay while D1 is down", async () => {
    const grants = [aGrant(), aGrant()];
    const messages = grants.map((it) => buildMessage<unknown>(it, 5));
    await deliver(queue, messages, crashingEnv(env, 1, "before"));
    for (const { ack, retry } of messages) {
      expect(ack).not.toHaveBeenCalled();
      expect(retry).toHaveBeenCalledWith({ delaySeconds: expect.any(Number) });
    }
    await deliver(queue, messages, env);
    for (const { userId } of grants) expect(await saved(userId)).toHaveLength(1);
  });

  it("drops only grants from before the user's erasure", async () => {
    const userId = crypto.randomUUID();
    await erase(userId, 5_000);
    const codes = { before: 4_999, same: 5_000, after: 5_001 };
    const messages = Object.entries(codes).map(([code, acquiredAt]) => {
      const character = { code, name: "이름", type: "재활용", dialog: "말" };
      return buildMessage<unknown>(aGrant({ userId, acquiredAt, character }));
    });
    await deliver(queue, messages, env);
    for (const { ack } of messages) expect(ack).toHaveBeenCalledTimes(1);
    expect(await saved(userId)).toMatchObject([{ acquired_at: 5_001 }]);
  });
});

/** Delivers until all is acknowledged, in any order and batches, to processes that crash at any call. */
async function deliverAtRandom(
  queue: string,
  bodies: readonly unknown[],
  draw: (below: number) => number,
) {
  const waiting = [...bodies];
  for (let deliveries = 0; waiting.length > 0; deliveries++) {
    const messages = Array.from({ length: Math.min(1 + draw(12), waiting.length) }, () =>
      buildMessage(waiting.splice(draw(waiting.length), 1)[0]),
    );
    const crashes = deliveries < 40 && draw(2) === 0;
    const process = crashes
      ? crashingEnv(env, 1 + draw(6), draw(2) === 0 ? "before" : "after")
      : env;
    await deliver(queue, messages, process);
    for (const { body, ack } of messages) if (ack.mock.calls.length === 0) waiting.push(body);
  }
}

describe("grants delivered twice, in any order, to processes that crash at any call", () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
    "are written once (seed %i)",
    async (seed) => {
      const draw = seededInteger(seed);
      const users = Array.from({ length: 4 }, () => crypto.randomUUID());
      const [erased = ""] = users;
      await erase(erased, 50);
      const grants = Array.from({ length: 40 }, () => {
        const version = draw(5);
        return aGrant({
          userId: users[draw(users.length)] ?? "",
          acquiredAt: draw(100),
          character: {
            code: `char-${draw(5)}`,
            name: `이름 ${version}`,
            type: "재활용",
            dialog: `말 ${version}`,
          },
        });
      });
      for (const queue of queues) await deliverAtRandom(queue, [...grants, ...grants], draw);

      const valid = grants.filter(({ userId, acquiredAt }) => userId !== erased || acquiredAt > 50);
      const groups = [
        ...Map.groupBy(valid, ({ userId, character }) => `${userId}/${character.code}`),
      ];
      const owned = await ownerships(...users);
      expect(owned.map((it) => `${it.user_id}/${it.character_code}`).toSorted()).toEqual(
        groups.map(([key]) => key).toSorted(),
      );
      for (const { id, user_id: userId, acquired_at: acquiredAt } of owned) {
        expect(valid).toContainEqual(expect.objectContaining({ id, userId, acquiredAt }));
      }
      const expected = groups.map(([, group]) => {
        const byTime = group.toSorted(
          (a, b) => a.acquiredAt - b.acquiredAt || (a.id < b.id ? -1 : 1),
        );
        const last = group.reduce((best, it) => {
          const isLater =
            it.acquiredAt > best.acquiredAt ||
            (it.acquiredAt === best.acquiredAt && it.character.name > best.character.name);
          return isLater ? it : best;
        });
        return {
          id: byTime[0]?.id,
          user_id: last.userId,
          code: last.character.code,
          name: last.character.name,
          dialog: last.character.dialog,
          acquired_at: byTime[0]?.acquiredAt,
        };
      });
      const shown = await collected(...users);
      expect(shown).toHaveLength(expected.length);
      expect(shown).toEqual(expect.arrayContaining(expected));
    },
  );
});

const DeadLetterRow = z.object({
  id: z.string(),
  kind: z.literal("write"),
  source: z.string(),
  job_id: z.string().nullable(),
  user_id: z.string().nullable(),
  status: z.string(),
  redrives: z.int(),
  error_code: z.string(),
  body: z.string(),
});

async function deadLetterOf(queue: WriteQueue, body: unknown) {
  const row = await env.DB.prepare("SELECT * FROM dead_letters WHERE id = ?")
    .bind(`${queue}:${await sha256(JSON.stringify(body))}`)
    .first();
  return row && DeadLetterRow.parse(row);
}

/** The test's bindings with queues of saves that keep what they are sent, or cannot take it. */
function recording({ down = false, bindings = env }: { down?: boolean; bindings?: Env } = {}) {
  const sent: Record<WriteQueue, unknown[]> = {
    "character-ownership": [],
    "user-characters": [],
    "character-match": [],
    "scan-events": [],
  };
  const recorded = { ...bindings };
  for (const queue of WriteQueue.options) {
    const { binding } = writeQueues[queue];
    recorded[binding] = new Proxy(env[binding], {
      get: (target, key): unknown =>
        key === "send"
          ? async (body: unknown) => {
              if (down) throw new Error("The queue is down");
              sent[queue].push(body);
            }
          : Reflect.get(target, key),
    });
  }
  return { sent, bindings: recorded };
}

/** Lets a queue give up a message. */
async function giveUp(queue: WriteQueue, body: unknown, message = buildMessage(body)) {
  await deliver(`dlq-${queue}`, [message], env);
  expect(message.ack).toHaveBeenCalledTimes(1);
  return message;
}

const events = () => ({
  jobId: crypto.randomUUID(),
  userId: crypto.randomUUID(),
  traceparent,
  events: [0, 1].map((seq) => ({
    seq,
    at: 1_000,
    type: "scan.requested",
    data: { model: "offline", region: null, photo: false, words: true },
  })),
});
const match = () => ({
  jobId: crypto.randomUUID(),
  userId: crypto.randomUUID(),
  middleCategory: "무색페트병",
  endedAt: 1_000,
});
const bodies = {
  "character-ownership": () => aGrant(),
  "user-characters": () => aGrant(),
  "character-match": match,
  "scan-events": events,
};
const bodyFor = (queue: WriteQueue) => bodies[queue]();
async function redriveWrites(bindings: Env) {
  await resolveOverdueRedrives(bindings);
  await redriveSources(bindings, writeSources, { exceptModels: [], dueCodes: null, limit: 50 });
}
const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

describe("dead letters of saves", () => {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await env.DB.prepare("DELETE FROM dead_letters").run();
  });
  afterEach(() => void vi.useRealTimers());

  describe.each(WriteQueue.options)("of %s", (queue) => {
    it("are kept as they came, once however often they come", async () => {
      const body = bodyFor(queue);
      const message = await giveUp(queue, body);
      await deliver(`dlq-${queue}`, [message, buildMessage<unknown>(body)], env);
      expect(await deadLetterOf(queue, body)).toMatchObject({
        kind: "write",
        source: queue,
        job_id: "jobId" in body ? body.jobId : null,
        user_id: body.userId,
        status: "parked",
        redrives: 0,
        error_code: "WRITE_FAILED",
        body: JSON.stringify(body),
      });
      const count = env.DB.prepare("SELECT COUNT(*) AS count FROM dead_letters");
      expect(await count.first("count")).toBe(1);
    });

    it.each<[string, unknown]>([
      ["is text", "not a message"],
      ["is null", null],
      ["is 127 KB", "x".repeat(127_000)],
      ["has a field too many", { ...bodyFor(queue), more: 1 }],
    ])("are archived at once when the body %s, and never sent", async (_, body) => {
      await giveUp(queue, body);
      const { bindings, sent } = recording();
      await redriveWrites(bindings);
      expect(sent[queue]).toEqual([]);
      expect(await deadLetterOf(queue, body)).toMatchObject({
        status: "archived",
        error_code: "MESSAGE_UNREADABLE",
        body: JSON.stringify(body),
      });
    });

    it("come again while D1 is down, for longer than a day", async () => {
      const body = bodyFor(queue);
      let waited = 0;
      for (let attempt = 1; attempt <= 10; attempt++) {
        const message = buildMessage<unknown>(body, attempt);
        await deliver(`dlq-${queue}`, [message], crashingEnv(env, 1, "before"));
        expect(message.ack).not.toHaveBeenCalled();
        waited += message.retry.mock.calls[0]?.[0]?.delaySeconds ?? 0;
      }
      expect(waited).toBeGreaterThan(24 * 60 * 60);
      await giveUp(queue, body);
      expect(await deadLetterOf(queue, body)).toMatchObject({ status: "parked" });
    });

    it("of an erased user are dropped", async () => {
      const body = bodyFor(queue);
      await erase(body.userId, 1_000);
      await giveUp(queue, body);
      expect(await deadLetterOf(queue, body)).toBeNull();
    });

    it("are sent again as they came, three times with growing waits, and then archived", async () => {
      const body = bodyFor(queue);
      const { bindings, sent } = recording();
      await giveUp(queue, body);
      for (const [redrives, waitMs] of redriveWaitsMs.entries()) {
        if (waitMs > 0) {
          wait(waitMs - 1);
          await redriveWrites(bindings);
          expect(sent[queue]).toHaveLength(redrives);
          wait(1);
        }
        await redriveWrites(bindings);
        expect(await deadLetterOf(queue, body)).toMatchObject({
          status: "redriving",
          redrives: redrives + 1,
        });
        await giveUp(queue, body);
      }
      expect(sent[queue]).toEqual([body, body, body]);
      await redriveWrites(bindings);
      expect(await deadLetterOf(queue, body)).toMatchObject({ status: "archived", redrives: 3 });
      wait(24 * 60 * minutes);
      await giveUp(queue, body);
      await redriveWrites(bindings);
      expect(sent[queue]).toHaveLength(3);
      expect(await deadLetterOf(queue, body)).toMatchObject({ status: "archived" });
    });

    it("are at most fifty in a run, each sent once by three runs at the same time", async () => {
      const bodies = Array.from({ length: 120 }, () => bodyFor(queue));
      for (let from = 0; from < bodies.length; from += 10) {
        const batch = bodies.slice(from, from + 10).map((body) => buildMessage<unknown>(body));
        await deliver(`dlq-${queue}`, batch, env);
      }
      const { bindings, sent } = recording();
      await redriveWrites(bindings);
      expect(sent[queue]).toHaveLength(50);
      await Promise.all([1, 2, 3].map(() => redriveWrites(bindings)));
      expect(sent[queue]).toHaveLength(120);
      expect(new Set(sent[queue].map((it) => JSON.stringify(it))).size).toBe(120);
    });

    it("are due again when nothing came of them for an hour", async () => {
      const body = bodyFor(queue);
      await giveUp(queue, body);
      await redriveWrites(recording({ down: true }).bindings);
      const { bindings, sent } = recording();
      wait(59 * minutes);
      await redriveWrites(bindings);
      expect(sent[queue]).toEqual([]);
      wait(minutes);
      await redriveWrites(bindings);
      expect(sent[queue]).toEqual([body]);
      wait(60 * minutes);
      await redriveWrites(bindings);
      wait(60 * minutes);
      await redriveWrites(bindings);
      expect(sent[queue]).toHaveLength(2);
      expect(await deadLetterOf(queue, body)).toMatchObject({ status: "archived", redrives: 3 });
    });

    it("are not parked by a repetition of the message that was redriven, but by a new failure", async () => {
      const body = bodyFor(queue);
      const message = await giveUp(queue, body);
      await redriveWrites(recording().bindings);
      await deliver(`dlq-${queue}`, [message], env);
      expect(await deadLetterOf(queue, body)).toMatchObject({ status: "redriving", redrives: 1 });
      await giveUp(queue, body);
      expect(await deadLetterOf(queue, body)).toMatchObject({ status: "parked", redrives: 1 });
    });
  });

  it("are recovered once the redriven grant is saved, and sent no more", async () => {
    const grant = aGrant();
    const { bindings, sent } = recording();
    for (const queue of queues) {
      await giveUp(queue, grant);
      await redriveWrites(bindings);
      for (const body of sent[queue]) await deliver(queue, [buildMessage(body)], env);
    }
    await redriveDue(bindings);
    wait(60 * minutes);
    await redriveDue(bindings);
    for (const queue of queues) {
      expect(await deadLetterOf(queue, grant)).toMatchObject({ status: "recovered", redrives: 1 });
      expect(sent[queue]).toHaveLength(1);
    }
    expect(await ownerships(grant.userId)).toHaveLength(1);
    expect(await collected(grant.userId)).toHaveLength(1);
  });

  it("are recovered without a redrive when a duplicate was saved", async () => {
    const grant = aGrant();
    const { bindings, sent } = recording();
    for (const queue of queues) {
      await giveUp(queue, grant);
      await deliver(queue, [buildMessage<unknown>(grant)], env);
    }
    await redriveWrites(bindings);
    for (const queue of queues) {
      expect(await deadLetterOf(queue, grant)).toMatchObject({ status: "recovered", redrives: 0 });
      expect(sent[queue]).toEqual([]);
    }
  });

  it("are not taken for saved by an earlier grant of the same character", async () => {
    const first = aGrant();
    const later = { ...first, id: crypto.randomUUID(), acquiredAt: 2_000 };
    await deliver("user-characters", [buildMessage<unknown>(first)], env);
    await giveUp("user-characters", later);
    const { bindings, sent } = recording();
    await redriveWrites(bindings);
    expect(sent["user-characters"]).toEqual([later]);
  });

  it("are recovered when the log has all of their events, and not before", async () => {
    const body = events();
    const { bindings, sent } = recording();
    await giveUp("scan-events", body);
    const append = (seq: number) =>
      env.DB.prepare(
        "INSERT OR REPLACE INTO event_jobs (job_id, last_seq, ended, updated_at) VALUES (?, ?, 0, 1)",
      )
        .bind(body.jobId, seq)
        .run();
    await append(0);
    await redriveWrites(bindings);
    expect(sent["scan-events"]).toEqual([body]);
    await append(1);
    await redriveWrites(bindings);
    expect(await deadLetterOf("scan-events", body)).toMatchObject({ status: "recovered" });
  });

  it("are forgotten a week after they were settled, and not before", async () => {
    const [settled, open] = [aGrant(), aGrant()];
    await giveUp("user-characters", settled);
    await deliver("user-characters", [buildMessage<unknown>(settled)], env);
    const { bindings } = recording();
    await redriveWrites(bindings);
    wait(7 * 24 * 60 * minutes);
    await deleteSettled(env.DB, Date.now());
    expect(await deadLetterOf("user-characters", settled)).not.toBeNull();
    await giveUp("user-characters", open);
    wait(1);
    await deleteSettled(env.DB, Date.now());
    expect(await deadLetterOf("user-characters", settled)).toBeNull();
    expect(await deadLetterOf("user-characters", open)).not.toBeNull();
  });

  it.each(
    Array.from({ length: 8 }, (_, index) => index + 1).flatMap((step) => [
      [step, "before"] as const,
      [step, "after"] as const,
    ]),
  )(
    "are lost by no run that dies at call %i, %s it has reached the other side",
    async (step, when) => {
      const grants = [aGrant(), aGrant()];
      for (const queue of queues) for (const grant of grants) await giveUp(queue, grant);
      const dying = recording({ bindings: crashingEnv(env, step, when) });
      await redriveWrites(dying.bindings).catch(() => null);
      const { bindings, sent } = recording();
      for (let run = 0; run < 3; run++) {
        for (const queue of queues) {
          const waiting = [...dying.sent[queue].splice(0), ...sent[queue]];
          for (const body of waiting) await deliver(queue, [buildMessage(body)], env);
        }
        wait(60 * minutes);
        await redriveWrites(bindings);
      }
      for (const grant of grants) {
        for (const queue of queues) {
          expect(await deadLetterOf(queue, grant)).toMatchObject({ status: "recovered" });
        }
        expect(await ownerships(grant.userId)).toHaveLength(1);
        expect(await collected(grant.userId)).toHaveLength(1);
      }
    },
  );

  it("are listed page by page, each once", async () => {
    for (let index = 0; index < 7; index++) {
      wait(index % 2);
      await giveUp("user-characters", aGrant());
    }
    await giveUp("scan-events", "unreadable");
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const asked = {
        limit: 3,
        kind: "write",
        source: "user-characters",
        ...(cursor && { cursor }),
      };
      const page = await listDeadLetters(env.DB, DeadLetterPage.parse(asked));
      seen.push(...page.dead_letters.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    const archived = await listDeadLetters(env.DB, DeadLetterPage.parse({ status: "archived" }));
    expect(archived).toMatchObject({ dead_letters: [{ body: '"unreadable"' }], next_cursor: null });
  });
});
