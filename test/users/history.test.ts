import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { accountHistory } from "../../durable-objects/user-account/account-history.ts";
import { HistoryPage, historyOf } from "../../src/users/history.ts";
import { statsOf } from "../../src/users/stats.ts";

const user = crypto.randomUUID();
const account = env.USER_ACCOUNT.getByName(user);
const scans = 20_000;

/** A long history, in which several scans come in the same millisecond. */
beforeAll(async () => {
  await runInDurableObject(account, (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE
         middles (n, major, middle) AS (VALUES
           (0, '재활용폐기물', '무색페트병'), (1, '재활용폐기물', '종이'), (2, '재활용폐기물', '유리병'),
           (3, '음식물류폐기물', '음식물류폐기물'), (4, '대형폐기물', '대형폐기물'), (5, NULL, NULL)),
         numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
       INSERT INTO scans (admitted_at, id, lane, requested_at, ended_at, status, model, region, major, middle,
         insufficiencies, reward_code, reward_name, photo_key)
       SELECT 1000000 + numbers.n / 8, format('job-%06d', (numbers.n / 8 * 8) + 7 - numbers.n % 8), 'prompt',
         1000000 + numbers.n / 8, 1005000 + numbers.n / 8, iif(major IS NULL, 'failed', 'completed'),
         'offline', '서울특별시 강남구', major, middle, '["라벨을 떼어 주세요."]',
         iif(middle = '무색페트병', 'char-petty', NULL), iif(middle = '무색페트병', '페티', NULL),
         format('scan/%032d', numbers.n)
       FROM numbers JOIN middles ON middles.n = numbers.n % 6`,
      scans,
    );
  });
});

const rowsOf = (condition: string) =>
  runInDurableObject(account, (_, { storage }) =>
    storage.sql
      .exec<{ id: string }>(
        `SELECT id FROM scans WHERE ${condition} ORDER BY admitted_at DESC, id DESC LIMIT 500`,
      )
      .toArray()
      .map(({ id }) => id),
  );
const count = (condition: string) =>
  runInDurableObject(
    account,
    (_, { storage }) =>
      storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM scans WHERE ${condition}`).one().n,
  );

async function pageOf(asked: object) {
  const page = HistoryPage.parse(asked);
  return historyOf(await account.history(user, page), page, () => Promise.resolve(null));
}

/** How many rows a query of the object reads: it takes 1 ms for 5,000 of them. */
const rowsRead = (read: (history: ReturnType<typeof accountHistory>) => unknown) =>
  runInDurableObject(account, (_, { storage: { sql } }) => {
    const exec = vi.spyOn(sql, "exec");
    read(accountHistory(sql));
    const rows = exec.mock.results.map(({ value }) => Cursor.parse(value).rowsRead);
    exec.mockRestore();
    return rows.reduce((sum, count) => sum + count, 0);
  });
const Cursor = z.object({ rowsRead: z.int() });

describe("a page of a long history", () => {
  it.each<[string, object, string]>([
    ["of all", {}, "TRUE"],
    ["of a major category", { category: "음식물류폐기물" }, "major = '음식물류폐기물'"],
    ["of a middle category", { category: "종이" }, "middle = '종이'"],
  ])("%s follow one another without gaps and duplicates", async (_, asked, condition) => {
    const seen: string[] = [];
    let cursor: string | null = null;
    while (seen.length < 500) {
      // 33 does not divide the number of scans in a millisecond.
      const found = await pageOf({ ...asked, limit: 33, ...(cursor && { cursor }) });
      seen.push(...found.items.map(({ job_id }) => job_id));
      cursor = found.next_cursor;
      expect(cursor).not.toBeNull();
    }
    expect(seen.slice(0, 500)).toEqual(await rowsOf(condition));
  });

  it("has no next page after the last, even when the last is full", async () => {
    const oldest = btoa(JSON.stringify([1_000_000 + 20, "job-000160"]));
    const { items, next_cursor } = await pageOf({ limit: 100, cursor: oldest });
    expect(items).toHaveLength(100);
    const last = await pageOf({ limit: 60, cursor: next_cursor });
    expect(last.items).toHaveLength(60);
    expect(last.next_cursor).toBeNull();
  });

  it.each([
    ["of all", {}, 21],
    ["of a category", { category: "종이" }, 21 * 7],
    ["of a category without scans", { category: "금속류" }, scans],
  ])("%s reads its rows, and those between them", async (_, asked, most) => {
    const page = HistoryPage.parse(asked);
    expect(await rowsRead((history) => history.page(page))).toBeLessThanOrEqual(most);
  });
});

describe("the totals of a long history", () => {
  it("read each row once, and sort it", async () => {
    expect(await rowsRead((history) => history.totals())).toBe(2 * scans);
  });

  it("are the sums of its rows", async () => {
    const stats = statsOf(await account.totals(user));
    expect(stats).toMatchObject({
      total: scans,
      by_status: {
        completed: await count("status = 'completed'"),
        failed: await count("status = 'failed'"),
        cancelled: 0,
      },
      rewards: {
        total: await count("reward_code IS NOT NULL"),
        by_character: [{ code: "char-petty", scans: await count("reward_code = 'char-petty'") }],
      },
    });
    expect(stats.by_category).toHaveLength(5);
    expect(stats.by_category).toContainEqual({
      major: "재활용폐기물",
      middle: "무색페트병",
      scans: await count("middle = '무색페트병'"),
      rewards: await count("middle = '무색페트병'"),
    });
    expect(stats.by_category).toContainEqual({
      major: "대형폐기물",
      middle: "대형폐기물",
      scans: await count("major = '대형폐기물'"),
      rewards: 0,
    });
  });
});

describe("a long history", () => {
  it("is erased in two seconds", async () => {
    const from = Date.now();
    await account.erase();
    expect(await account.isEmpty()).toBe(true);
    expect(Date.now() - from).toBeLessThan(2_000);
  });
});
