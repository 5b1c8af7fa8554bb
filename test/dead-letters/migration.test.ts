import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readRedrive } from "../../src/dead-letters/operated-redrives.ts";
import { DeadLetterPage, listDeadLetters } from "../../src/dead-letters/dead-letter-list.ts";

const [jobId, otherJobId] = [crypto.randomUUID(), crypto.randomUUID()];
const { MIGRATIONS, DB } = env;
const merge = MIGRATIONS.findIndex(({ name }) => name.startsWith("0014"));

/** Later migrations change the rows; without the columns of these they cannot be read. */
const columnsReadNow = MIGRATIONS.filter(({ name }) => /^00(?:16|25)/.test(name));

/** Rows as they were before dead letters had one table. */
const before = [
  `INSERT INTO dead_letters (id, stage, job_id, user_id, error_code, error_message, fingerprint, model,
     regulation_version, attempts, redrives, status, first_seen_at, last_seen_at, next_redrive_at, claimed_at,
     redrive_id)
   VALUES ('${jobId}:answer', 'answer', '${jobId}', 'kim', 'MODEL_UNAVAILABLE', '500',
     'answer/MODEL_UNAVAILABLE/gpt-5.2/v1', 'gpt-5.2', 'v1', 3, 1, 'redriving', 10, 20, 30, 40, 'r-1')`,
  `INSERT INTO dead_letters (id, stage, error_code, error_message, fingerprint, attempts, status, body,
     first_seen_at, last_seen_at, next_redrive_at)
   VALUES ('m-1', 'vision', 'JOB_GONE', 'gone', 'vision/JOB_GONE', 0, 'archived', '{"a":1}', 11, 11, 11),
     ('m-2', 'dlq-webhooks', 'MESSAGE_UNREADABLE', 'no webhook', 'dlq-webhooks/MESSAGE_UNREADABLE', 0,
      'archived', 'null', 12, 12, 12)`,
  `INSERT INTO save_letters (id, queue, message_id, user_id, error_code, error_message, body, redrives, status,
     first_seen_at, last_seen_at, next_redrive_at)
   VALUES ('scan-events:1', 'scan-events', 'q-1', 'lee', 'SAVE_FAILED', 'given up',
       '{"jobId":"${otherJobId}"}', 2, 'redriving', 13, 14, 3600015),
     ('user-characters:2', 'user-characters', 'q-2', NULL, 'MESSAGE_UNREADABLE', 'no grant', '"text"', 0,
       'archived', 16, 16, 16)`,
  `INSERT INTO events (cursor, job_id, seq, type, at, user_id, data)
   VALUES (70, '${jobId}', 3, 'scan.completed', 1, 'kim', '{}')`,
  `INSERT INTO reader_dead_letters (reader, cursor, error, at)
   VALUES ('audit', 70, 'data.model: invalid_type', 17), ('history', 69, 'archived since', 18)`,
  `INSERT INTO redrives (id, action, status, request, by, why, created_at)
   VALUES ('r-1', 'redrive', 'done',
     '{"action":"redrive","filter":{"stage":"answer","code":"X"},"rate_per_second":10,"by":"kim","why":"x"}',
     'kim', 'x', 5)`,
];

describe("the migration to one table of dead letters", () => {
  beforeAll(async () => {
    const tables = await DB.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
    ).all<{ name: string }>();
    await DB.batch(tables.results.map(({ name }) => DB.prepare(`DROP TABLE "${name}"`)));
    await applyD1Migrations(DB, MIGRATIONS.slice(0, merge));
    for (const statement of before) await DB.prepare(statement).run();
    await applyD1Migrations(DB, [...MIGRATIONS.slice(0, merge + 1), ...columnsReadNow]);
  });

  it("keeps every row with its kind, its source and its state", async () => {
    const { dead_letters } = await listDeadLetters(DB, DeadLetterPage.parse({}));
    const none = {
      job_id: null,
      user_id: null,
      provider: null,
      model: null,
      regulation_version: null,
      attempts: 0,
      redrives: 0,
      automatic_redrives: 0,
      body: null,
      cursor: null,
      redrive_id: null,
    };
    expect(dead_letters).toEqual([
      {
        ...none,
        id: `${jobId}:answer`,
        kind: "stage",
        source: "answer",
        job_id: jobId,
        user_id: "kim",
        error_code: "MODEL_UNAVAILABLE",
        error_message: "500",
        fingerprint: "answer/MODEL_UNAVAILABLE/gpt-5.2/v1",
        model: "gpt-5.2",
        regulation_version: "v1",
        attempts: 3,
        redrives: 1,
        automatic_redrives: 1,
        status: "redriving",
        first_seen_at: 10,
        last_seen_at: 20,
        next_redrive_at: 30,
        redrive_id: "r-1",
      },
      {
        ...none,
        id: "history:69",
        kind: "projection",
        source: "history",
        error_code: "EVENT_NOT_APPLIED",
        error_message: "archived since",
        fingerprint: "history/EVENT_NOT_APPLIED/-",
        status: "parked",
        cursor: 69,
        first_seen_at: 18,
        last_seen_at: 18,
        next_redrive_at: null,
      },
      {
        ...none,
        id: "audit:70",
        kind: "projection",
        source: "audit",
        job_id: jobId,
        user_id: "kim",
        error_code: "EVENT_NOT_APPLIED",
        error_message: "data.model: invalid_type",
        fingerprint: "audit/EVENT_NOT_APPLIED/scan.completed",
        status: "parked",
        cursor: 70,
        first_seen_at: 17,
        last_seen_at: 17,
        next_redrive_at: null,
      },
      {
        ...none,
        id: "user-characters:2",
        kind: "write",
        source: "user-characters",
        error_code: "MESSAGE_UNREADABLE",
        error_message: "no grant",
        fingerprint: "user-characters/MESSAGE_UNREADABLE",
        status: "archived",
        body: '"text"',
        first_seen_at: 16,
        last_seen_at: 16,
        next_redrive_at: 16,
      },
      {
        ...none,
        id: "scan-events:1",
        kind: "write",
        source: "scan-events",
        job_id: otherJobId,
        user_id: "lee",
        error_code: "WRITE_FAILED",
        error_message: "given up",
        fingerprint: "scan-events/WRITE_FAILED",
        redrives: 2,
        automatic_redrives: 2,
        status: "redriving",
        body: `{"jobId":"${otherJobId}"}`,
        first_seen_at: 13,
        last_seen_at: 14,
        next_redrive_at: 3600015,
      },
      {
        ...none,
        id: "m-2",
        kind: "write",
        source: "webhooks",
        error_code: "MESSAGE_UNREADABLE",
        error_message: "no webhook",
        fingerprint: "webhooks/MESSAGE_UNREADABLE",
        status: "archived",
        body: "null",
        first_seen_at: 12,
        last_seen_at: 12,
        next_redrive_at: 12,
      },
      {
        ...none,
        id: "m-1",
        kind: "stage",
        source: "vision",
        error_code: "JOB_NOT_FOUND",
        error_message: "gone",
        fingerprint: "vision/JOB_NOT_FOUND",
        status: "archived",
        body: '{"a":1}',
        first_seen_at: 11,
        last_seen_at: 11,
        next_redrive_at: 11,
      },
    ]);
  });

  it("keeps when a redrive was claimed, and the last message of a write", async () => {
    const query =
      "SELECT id, claimed_at, message_id FROM dead_letters WHERE status = 'redriving' ORDER BY id";
    expect((await DB.prepare(query).all()).results).toEqual(
      expect.arrayContaining([
        { id: `${jobId}:answer`, claimed_at: 40, message_id: null },
        { id: "scan-events:1", claimed_at: 15, message_id: "q-1" },
      ]),
    );
  });

  it("drops the tables that it replaces", async () => {
    const query = "SELECT name FROM sqlite_schema WHERE name LIKE '%letters%' AND type = 'table'";
    expect((await DB.prepare(query).all()).results).toEqual([{ name: "dead_letters" }]);
  });

  it("renames the stage of an operated redrive to its source", async () => {
    expect((await readRedrive(DB, "r-1"))?.request.filter).toEqual({
      kind: "stage",
      source: "answer",
      code: "X",
    });
  });

  it("counts redrives of stages as before, and of nothing else", async () => {
    await DB.prepare("UPDATE dead_letters SET redrives = redrives + 1").run();
    const query =
      "SELECT labels, value FROM metric_counters WHERE name = 'eco2_stage_redriven' ORDER BY labels";
    const Counts = z.array(z.object({ labels: z.string(), value: z.number() }));
    expect(Counts.parse((await DB.prepare(query).all()).results)).toEqual([
      { labels: '{"stage":"answer"}', value: 1 },
      { labels: '{"stage":"vision"}', value: 1 },
    ]);
  });
});
