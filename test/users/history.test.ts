import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { HistoryPage, historyOf, historyQuery } from "../../src/users/history.ts";
import { statsOf, statsQuery } from "../../src/users/stats.ts";

const many = crypto.randomUUID();
const rows = 100_000;

/** A history of many users: half of all scans are one's, and several come in the same millisecond. */
beforeAll(async () => {
  await env.DB.prepare(
    `WITH RECURSIVE
       middles (n, major, middle) AS (VALUES
         (0, '재활용폐기물', '무색페트병'), (1, '재활용폐기물', '종이'), (2, '재활용폐기물', '유리병'),
         (3, '음식물류폐기물', '음식물류폐기물'), (4, '대형폐기물', '대형폐기물'), (5, NULL, NULL)),
       scans (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM scans WHERE n + 1 < ?2)
     INSERT INTO scan_history
     SELECT format('job-%06d', (scans.n / 8 * 8) + 7 - scans.n % 8), iif(scans.n % 2 = 0, ?1, ?1 || '-' || (scans.n % 500)),
       1000000 + scans.n / 8, 1005000 + scans.n / 8,
       iif(major IS NULL, 'failed', 'completed'), 'offline', NULL, major, middle, NULL, '[]',
       iif(middle = '무색페트병', 'char-petty', NULL), iif(middle = '무색페트병', '페티', NULL), NULL, NULL, 0
     FROM scans JOIN middles ON middles.n = (scans.n / 2) % 6`,
  )
    .bind(many, rows)
    .run();
}, 60_000);

async function planOf(query: string, ...values: unknown[]): Promise<string[]> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

/** The plan of a statement as it is built, seen by a database that only explains. */
async function explained(build: (db: D1Database) => D1PreparedStatement): Promise<string[]> {
  let asked: [string, unknown[]] = ["", []];
  const db: D1Database = new Proxy(env.DB, {
    get(target, key): unknown {
      if (key !== "prepare") return Reflect.get(target, key);
      return (query: string) => ({ bind: (...values: unknown[]) => (asked = [query, values]) });
    },
  });
  build(db);
  const [query, values] = asked;
  return planOf(query, ...values);
}

const pageOf = (userId: string, page: HistoryPage) =>
  historyOf(env.DB, userId, page, () => Promise.resolve(null));

const cursorOf = async (page: object) => {
  const { next_cursor } = await pageOf(many, HistoryPage.parse(page));
  return next_cursor ?? "";
};

describe("a page of a long history", () => {
  it.each<[string, object, string]>([
    ["of all", {}, "scan_history_by_time (user_id=? AND (requested_at,job_id)<(?,?))"],
    [
      "of a major category",
      { category: "재활용폐기물" },
      "scan_history_by_major (user_id=? AND major=? AND (requested_at,job_id)<(?,?))",
    ],
    [
      "of a middle category",
      { category: "유리병" },
      "scan_history_by_middle (user_id=? AND middle=? AND (requested_at,job_id)<(?,?))",
    ],
  ])(
    "%s is one range of its index, already sorted, wherever it begins",
    async (_, asked, index) => {
      const first = HistoryPage.parse(asked);
      const later = HistoryPage.parse({ ...asked, cursor: await cursorOf(asked) });
      for (const page of [first, later]) {
        const plan = await explained((db) => historyQuery(db, many, page));
        expect(plan).toEqual([`SEARCH scan_history USING INDEX ${index}`]);
      }
    },
  );

  it.each<[string, object, string]>([
    ["of all", {}, "TRUE"],
    ["of a major category", { category: "음식물류폐기물" }, "major = '음식물류폐기물'"],
    ["of a middle category", { category: "종이" }, "middle = '종이'"],
  ])("%s follow one another without gaps and duplicates", async (_, asked, condition) => {
    const { results } = await env.DB.prepare(
      `SELECT job_id FROM scan_history WHERE user_id = ? AND ${condition}
       ORDER BY requested_at DESC, job_id DESC LIMIT 500`,
    )
      .bind(many)
      .all<{ job_id: string }>();
    const seen: string[] = [];
    let cursor: string | null = null;
    while (seen.length < 500) {
      // 33 does not divide the number of scans in a millisecond.
      const page = HistoryPage.parse({ ...asked, limit: 33, ...(cursor && { cursor }) });
      const { items, next_cursor } = await pageOf(many, page);
      seen.push(...items.map(({ job_id }) => job_id));
      cursor = next_cursor;
      expect(cursor).not.toBeNull();
    }
    expect(seen.slice(0, 500)).toEqual(results.map(({ job_id }) => job_id));
  });

  it("has no next page after the last, even when the last is full", async () => {
    const user = `${many}-1`;
    const { total } = await statsOf(env.DB, user);
    const { items, next_cursor } = await pageOf(user, HistoryPage.parse({ limit: 100 }));
    expect(items).toHaveLength(100);
    const rest = HistoryPage.parse({ limit: total - 100, cursor: next_cursor });
    const last = await pageOf(user, rest);
    expect(last.items).toHaveLength(total - 100);
    expect(last.next_cursor).toBeNull();
  });
});

describe("the totals of a long history", () => {
  it("are read from a few rows, whatever the length of the history", async () => {
    expect(await explained((db) => statsQuery(db, many))).toEqual([
      "SEARCH scan_totals USING PRIMARY KEY (user_id=?)",
    ]);
    const { meta } = await statsQuery(env.DB, many).all();
    expect(meta.rows_read).toBeLessThan(10);
  });

  it("are the sums of its rows", async () => {
    const stats = await statsOf(env.DB, many);
    const count = async (condition: string) =>
      env.DB.prepare(
        `SELECT COUNT(*) AS count FROM scan_history WHERE user_id = ? AND ${condition}`,
      )
        .bind(many)
        .first<number>("count");
    expect(stats).toMatchObject({
      total: rows / 2,
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
