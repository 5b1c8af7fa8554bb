import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { namedPhoto, r2Images } from "../../src/images/r2-images.ts";
import { readReceipt } from "../../src/erasure/erasure-receipts.ts";
import { erasedAmong } from "../../src/erasure/erased-users.ts";
import { revoke } from "../../src/auth/revoke.ts";
import { erasureSteps } from "../../src/erasure/erasure-steps.ts";
import { appendEvents } from "../../src/events/append-events.ts";
import {
  buildSubmission,
  claimStage,
  jobOf,
  completeStages,
  stateOf,
  traceparent,
} from "../support/job-builders.ts";
import { damageLog } from "../support/damage-log.ts";

afterEach(() => void vi.restoreAllMocks());

const aUser = () => `user-${crypto.randomUUID()}`;
const erasureOf = (userId: string) => env.ERASURE.getByName(userId);

async function aScan(userId: string) {
  const submission = buildSubmission({}, { userId });
  const { jobId } = submission;
  await env.USER_ACCOUNT.getByName(userId).admit(jobId, { perDay: null, atOnce: null });
  await jobOf(jobId).submit(submission);
  return jobOf(jobId);
}

/** Rows of every kind that a user leaves in D1. */
async function leaveRows(userId: string) {
  // Before any erasure, in a scan of the history.
  const at = Date.now() - 3_600_000;
  const id = crypto.randomUUID();
  const photo = await namedPhoto(userId, { bytes: Uint8Array.of(1), type: "image/png" });
  await r2Images(env.IMAGES).put(photo);
  await env.DB.batch([
    env.DB.prepare("INSERT INTO users (id, nickname, created_at) VALUES (?, '초록', 1)").bind(
      userId,
    ),
    env.DB.prepare("INSERT INTO character_ownerships VALUES (?, ?, 'char-petty', 1)").bind(
      id,
      userId,
    ),
    env.DB.prepare(
      "INSERT INTO user_characters VALUES (?, ?, 'char-petty', '페티', '재활용', '!', 1, 1)",
    ).bind(id, userId),
    env.DB.prepare(
      `INSERT INTO dead_letters (id, kind, source, job_id, user_id, error_code, error_message, fingerprint,
           status, first_seen_at, last_seen_at)
         VALUES (?1, 'stage', 'vision', ?1, ?2, 'X', 'x', 'x', 'parked', 1, 1),
           (?1 || '-write', 'write', 'scan-events', NULL, ?2, 'X', 'x', 'x', 'parked', 1, 1),
           (?1 || '-event', 'projection', 'history', ?1, ?2, 'X', 'x', 'x', 'recovered', 1, 1)`,
    ).bind(id, userId),
    env.DB.prepare(
      `INSERT INTO webhook_deliveries (id, job_id, user_id, url, type, payload, created_at, expires_at)
         VALUES (?1, ?1, ?2, 'https://hooks.example.com', 'scan.completed', '{}', 1, 1)`,
    ).bind(id, userId),
    env.DB.prepare(
      `INSERT INTO earlier_scans (job_id, user_id, requested_at, ended_at, status, model,
           insufficiencies, cost_micro_usd) VALUES (?, ?, ?, ?, 'completed', 'offline', '[]', 0)`,
    ).bind(id, userId, at, at),
    env.DB.prepare(
      `INSERT INTO redrives (id, action, status, request, by, why, created_at)
         VALUES (?1, 'discard', 'done', json_object('filter', json_object('user_id', ?2)), 'kim', 'x', 1)`,
    ).bind(id, userId),
    env.DB.prepare(
      `INSERT INTO audit (at, by, action, target, detail)
         VALUES (1, 'kim', 'redrive.discard', ?1, json_object('filter', json_object('user_id', ?2)))`,
    ).bind(id, userId),
  ]);
  const requested = { model: "offline", region: "서울특별시", photo: false, words: true };
  const event = { seq: 0, type: "scan.requested" as const, at, data: requested };
  await appendEvents(env.DB, [{ jobId: id, userId, traceparent, events: [event] }]);
}

/** What any step still finds. */
async function leftOf(userId: string): Promise<string[]> {
  const found = await Promise.all(erasureSteps.map((step) => step.count(env, userId)));
  return erasureSteps.filter((_, index) => (found[index] ?? 0) > 0).map(({ name }) => name);
}

/** Runs passes until the erasure has ended, each in an object that has just been evicted. */
async function untilDone(userId: string) {
  const erasure = erasureOf(userId);
  for (let pass = 0; pass < 10; pass++) {
    await evictDurableObject(erasure);
    if (!(await runDurableObjectAlarm(erasure))) return;
  }
  throw new Error("The erasure does not end");
}

describe("an erasure", () => {
  it("leaves nothing of the user in any store, and a receipt of what it removed", async () => {
    const userId = aUser();
    await leaveRows(userId);
    await revoke(env.DB, {
      kind: "subject",
      value: userId,
      revoked_at: Date.now(),
      until: null,
      by: "kim",
      why: "stolen phone",
    });
    expect((await tablesWith(userId)).toSorted()).toEqual([
      "audit",
      "character_ownerships",
      "dead_letters",
      "earlier_scans",
      "event_segments",
      "redrives",
      "user_characters",
      "users",
      "webhook_deliveries",
    ]);
    const running = await aScan(userId);
    const lease = await claimStage(running, "vision");
    await completeStages(await aScan(userId));
    const id = await erasureOf(userId).start(userId);
    await untilDone(userId);
    expect(await leftOf(userId)).toEqual([]);
    expect(await tablesWith(userId)).toEqual([]);
    expect(await stateOf(running)).toBeNull();
    expect(await running.publishText("vision", lease, "늦은 말")).toBe("not-found");
    expect(await readReceipt(env.DB, id, userId)).toMatchObject({
      status: "done",
      ended_at: expect.any(Number),
      removed: {
        scans: 2,
        history: 2,
        account: 1,
        photos: 1,
        characters: 1,
        ownerships: 1,
        profile: 1,
        dead_letters: 3,
        webhooks: 1,
        orders_redacted: 2,
        events_redacted: 1,
      },
    });
    expect((await erasedAmong(env.DB, [userId])).get(userId)).toEqual(expect.any(Number));
    const kept = await runInDurableObject(erasureOf(userId), (_, { storage }) => [
      ...storage.kv.list(),
    ]);
    expect(kept).toEqual([]);
  });

  it("redacts records of operators that are not JSON, and does not end at those of others", async () => {
    const userId = aUser();
    const [named, other] = [userId, aUser()].map((it) => `{"filter":{"user_id":"${it}"},"cut`);
    const insert =
      "INSERT INTO audit (at, by, action, target, detail) VALUES (1, 'kim', 'a', 't', ?)";
    const redrive =
      "INSERT INTO redrives VALUES (?1, 'redrive', 'done', ?2, 'k', 'w', NULL, 1, NULL)";
    const id = crypto.randomUUID();
    await env.DB.batch([
      env.DB.prepare(insert).bind(named),
      env.DB.prepare(insert).bind(other),
      env.DB.prepare(redrive).bind(id, named),
    ]);
    const receipt = await erasureOf(userId).start(userId);
    await untilDone(userId);
    expect(await tablesWith(userId)).toEqual([]);
    const { results } = await env.DB.prepare("SELECT detail FROM audit WHERE detail = ?")
      .bind(other)
      .all();
    expect(results).toHaveLength(1);
    expect((await readReceipt(env.DB, receipt, userId))?.removed).toMatchObject({
      orders_redacted: 2,
    });
    await env.DB.prepare("DELETE FROM redrives WHERE id = ?").bind(id).run();
  });

  it("erases a scan whose log cannot be read, and ends", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const userId = aUser();
    const submission = buildSubmission({}, { userId });
    const { jobId } = submission;
    await env.USER_ACCOUNT.getByName(userId).admit(jobId, { perDay: null, atOnce: null });
    await jobOf(jobId).submit(submission);
    await damageLog(jobId);
    const another = await aScan(userId);
    const id = await erasureOf(userId).start(userId);
    await untilDone(userId);
    expect(await leftOf(userId)).toEqual([]);
    expect(await stateOf(another)).toBeNull();
    expect(await stateOf(jobOf(jobId))).toBeNull();
    expect(await readReceipt(env.DB, id, userId)).toMatchObject({ status: "done" });
  });

  it("does not touch other users", async () => {
    const [userId, another] = [aUser(), aUser()];
    await leaveRows(another);
    const theirs = await aScan(another);
    const before = await leftOf(another);
    await erasureOf(userId).start(userId);
    await untilDone(userId);
    expect(await leftOf(another)).toEqual(before);
    expect(await stateOf(theirs)).not.toBeNull();
  });

  it("has one receipt while it runs, which other users cannot read", async () => {
    const userId = aUser();
    await leaveRows(userId);
    const [id, again] = await Promise.all([
      erasureOf(userId).start(userId),
      erasureOf(userId).start(userId),
    ]);
    expect(again).toBe(id);
    expect(await readReceipt(env.DB, id, aUser())).toBeNull();
    await untilDone(userId);
    expect(await readReceipt(env.DB, id, userId)).toMatchObject({ status: "done" });
    const later = await erasureOf(userId).start(userId);
    expect(later).not.toBe(id);
    await untilDone(userId);
    expect(await readReceipt(env.DB, later, userId)).toMatchObject({ status: "done", removed: {} });
  });

  it("removes what arrives while it runs", async () => {
    const userId = aUser();
    await leaveRows(userId);
    const id = await erasureOf(userId).start(userId);
    await runDurableObjectAlarm(erasureOf(userId));
    await leaveRows(userId);
    await untilDone(userId);
    expect(await leftOf(userId)).toEqual([]);
    expect((await readReceipt(env.DB, id, userId))?.removed).toMatchObject({ webhooks: 2 });
  });
});

/** The rows of every table that hold a text anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).all<{ name: string }>();
  const found = await env.DB.batch(
    results.map(({ name }) => env.DB.prepare(`SELECT * FROM ${name}`)),
  );
  return results
    .filter((_, index) => JSON.stringify(found[index]?.results).includes(text))
    .map(({ name }) => name);
}

describe.each(erasureSteps.map(({ name }, index) => [name, index] as const))(
  "an erasure that crashes in the step %s",
  (_, index) => {
    it.each(["before", "after"] as const)(
      "%s it is gone: the rest goes all the same, counted once",
      async (when) => {
        const userId = aUser();
        await leaveRows(userId);
        await aScan(userId);
        const id = await erasureOf(userId).start(userId);
        const step = erasureSteps[index];
        if (!step) throw new RangeError("There is no such step");
        const { remove } = step;
        const dying = vi.spyOn(step, "remove").mockImplementationOnce(async (...args) => {
          if (when === "after") await remove(...args);
          throw new Error("The process died");
        });
        await expect(runDurableObjectAlarm(erasureOf(userId))).rejects.toThrow("The process died");
        dying.mockRestore();
        await untilDone(userId);
        expect(await leftOf(userId)).toEqual([]);
        expect((await readReceipt(env.DB, id, userId))?.removed).toMatchObject({
          scans: 1,
          characters: 1,
          history: 1,
        });
      },
    );
  },
);
