import { applyD1Migrations, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { collectionOf } from "../../src/api/collection.ts";
import { addScan, historyRows, statsRows } from "../support/user-history.ts";

const { MIGRATIONS, DB } = env;
const moved = MIGRATIONS.findIndex(({ name }) => name.startsWith("0019"));
const [kim, lee] = [crypto.randomUUID(), crypto.randomUUID()];

/** Rows as they were while D1 had the histories. */
const scan = (jobId: string, userId: string, at: number, insufficiencies = "[]") =>
  `INSERT INTO scan_history VALUES ('${jobId}', '${userId}', ${at}, ${at + 5_000}, 'completed', 'offline', NULL,
     '재활용폐기물', '종이', '신문지', '${insufficiencies}', 'char-paepy', '페이피', NULL, 'scan/a', 0)`;

beforeAll(async () => {
  const tables = await DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
  ).all<{ name: string }>();
  await DB.batch(tables.results.map(({ name }) => DB.prepare(`DROP TABLE "${name}"`)));
  await applyD1Migrations(DB, MIGRATIONS.slice(0, moved));
  const many = Array.from({ length: 1_203 }, (_, n) => scan(`job-${n}`, kim, 1_000 * n));
  await DB.batch(
    [
      ...many,
      scan("job-lee", lee, 7),
      `INSERT INTO character_ownerships VALUES ('job-9', '${kim}', 'char-paepy', 14000),
         ('before', '${lee}', 'char-eco', 7000)`,
      `INSERT INTO user_characters
         VALUES ('job-9', '${kim}', 'char-paepy', '페이피', '재활용', '말', 14000, 14000)`,
    ].map((statement) => DB.prepare(statement)),
  );
  await applyD1Migrations(DB, MIGRATIONS);
});

const left = async () =>
  DB.prepare("SELECT count(*) AS n FROM earlier_scans WHERE user_id = ?").bind(kim).first("n");

it("moves a user's history from D1 when it is read first, each scan once", async () => {
  // One of them is in the object, too: it ended while the new version was deployed.
  await addScan(kim, { jobId: "job-5", requestedAt: 5_000, endedAt: 10_000 });
  const account = env.USER_ACCOUNT.getByName(kim);
  const [one, other] = await Promise.all([historyRows(kim), historyRows(kim)]);
  expect(one).toEqual(other);
  expect(one).toHaveLength(100);
  expect(await statsRows(kim)).toMatchObject({ total: 1_203, rewards: { total: 1_202 } });
  expect(await left()).toBe(0);
  const ids = await runInDurableObject(account, (_, { storage }) =>
    storage.sql.exec("SELECT count(DISTINCT id) AS ids, count(*) AS n FROM scans").one(),
  );
  expect(ids).toEqual({ ids: 1_203, n: 1_203 });
});

it("copies a user's characters, and completes one that D1 has without its texts", async () => {
  expect(await collectionOf(env, kim)).toMatchObject([
    { id: "job-9", code: "char-paepy", name: "페이피", acquired_at: "1970-01-01T00:00:14.000Z" },
  ]);
  expect(await collectionOf(env, lee)).toMatchObject([
    { id: "before", code: "char-eco", name: "이코", acquired_at: "1970-01-01T00:00:07.000Z" },
  ]);
});

it("logs a row that it cannot read, and moves the others", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  const userId = crypto.randomUUID();
  const row = `INSERT INTO earlier_scans VALUES (?, ?, 1, 2, ?, 'offline', NULL, NULL, NULL, NULL, '[]', NULL,
    NULL, NULL, NULL, 0)`;
  await DB.batch([
    DB.prepare(row).bind("job-a", userId, "lost"),
    DB.prepare(row).bind("job-b", userId, "failed"),
  ]);
  expect(await historyRows(userId)).toMatchObject([{ job_id: "job-b", status: "failed" }]);
  expect(JSON.stringify(logged.mock.calls)).toContain("row.unreadable");
  logged.mockRestore();
});
