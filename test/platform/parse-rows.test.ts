import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { evaluateAlerts } from "../../src/alerts/evaluate-alerts.ts";
import { listAlerts } from "../../src/alerts/alert-store.ts";
import { verifyAccessToken } from "../../src/auth/access-token.ts";
import { authOf } from "../../src/auth/auth.ts";
import { endSession } from "../../src/auth/end-session.ts";
import { listRevocations } from "../../src/auth/revoke.ts";
import { readableCharacters, readCatalog } from "../../src/characters/character-catalog.ts";
import { listDeadLetters } from "../../src/dead-letters/dead-letter-list.ts";
import { settleWritten } from "../../src/dead-letters/dead-letter-store.ts";
import { listRedrives } from "../../src/dead-letters/operated-redrives.ts";
import { WriteQueue } from "../../src/dead-letters/write-queues.ts";
import { parseEvents } from "../../src/events/logged-event.ts";
import {
  deleteAttemptMinutes,
  deliveryInMinute,
  openAttempts,
} from "../../src/metrics/attempts-by-minute.ts";
import { readCallPrices } from "../../src/metrics/call-prices.ts";
import { selectCounters, seriesFrom } from "../../src/metrics/counters.ts";
import {
  deleteErrorMinutes,
  failureInMinute,
  lastMinutes,
  modelErrorsSince,
  worstMinute,
} from "../../src/metrics/errors-by-minute.ts";
import { metrics } from "../../src/metrics/metrics-buffer.ts";
import { listSamples } from "../../src/metrics/samples.ts";
import { deleteUnreadMinutes, unreadRowsSince } from "../../src/metrics/unread-rows.ts";
import { listAudit } from "../../src/ops-audit.ts";
import { HistoryPage, historyOf } from "../../src/users/history.ts";
import { statsOf } from "../../src/users/stats.ts";
import { deliveryList, DeliveryQuery } from "../../src/webhooks/delivery-list.ts";
import { goodClaims, inSeconds, secret, signToken } from "../support/sign-token.ts";
import { addScan } from "../support/user-history.ts";

const { DB } = env;
/** A whole number that JavaScript does not have. */
const huge = "9007199254740993000";
const line = (cursor: number) =>
  JSON.stringify({
    cursor,
    job_id: "job",
    seq: 0,
    type: "scan.requested",
    at: 1,
    user_id: null,
    traceparent: null,
    data: {},
  });

let logged: string[];
beforeEach(async () => {
  logged = [];
  vi.spyOn(console, "error").mockImplementation((text) => void logged.push(String(text)));
  vi.spyOn(console, "warn").mockReturnValue();
  await metrics.flush(DB, "now");
  const tables = ["metric_counters", "alerts", "revocations", "audit", "samples", "redrives"];
  await DB.batch(
    [...tables, "dead_letters", "webhook_deliveries"].map((it) => DB.prepare(`DELETE FROM ${it}`)),
  );
});
afterEach(() => void vi.restoreAllMocks());

interface Reader {
  store: string;
  /** What is stored: a row that parses, and one that does not, which is read in between or last. */
  sql?: string[];
  read: () => unknown;
  /** How many rows are read. */
  rows: number;
}

const deadLetter = (id: string, at: string) =>
  `INSERT INTO dead_letters (id, kind, source, error_code, error_message, fingerprint, attempts, status,
     first_seen_at, last_seen_at)
   VALUES ('${id}', 'stage', 'vision', 'X', 'x', 'f', 1, 'parked', ${id === "bad" ? huge : 1}, ${at})`;
const delivery = (id: string, at: number) =>
  `INSERT INTO webhook_deliveries (id, job_id, user_id, url, type, payload, created_at, last_attempt_at,
     next_attempt_at, expires_at)
   VALUES ('${id}', 'j', 'u', 'https://a.example.com', 'scan.completed', '{}', ${at},
     ${id === "bad" ? huge : 1}, 1, 1)`;
const revocation = (value: string, at: number) =>
  `INSERT INTO revocations VALUES ('jti', '${value}', ${at}, ${value === "bad" ? huge : "NULL"}, 'k', 'w')`;

const readers: Reader[] = [
  {
    store: "audit",
    sql: [
      "INSERT INTO audit VALUES (1, 1, 'k', 'a', 't', '{}')",
      "INSERT INTO audit VALUES (2, 1, 'k', 'a', 't', 'cut {')",
    ],
    read: async () => (await listAudit(DB)).entries,
    rows: 1,
  },
  {
    store: "samples",
    sql: [
      `INSERT INTO samples VALUES (300000, 1, '{"queues":{},"stages":{}}')`,
      "INSERT INTO samples VALUES (600000, 2, '{}')",
    ],
    read: () => listSamples(DB, 0),
    rows: 1,
  },
  {
    store: "redrives",
    sql: ["INSERT INTO redrives VALUES ('bad', 'redrive', 'done', '{', 'k', 'w', NULL, 1, NULL)"],
    read: () => listRedrives(DB, 9),
    rows: 0,
  },
  {
    store: "metric_counters",
    sql: [`INSERT INTO metric_counters VALUES ('eco2_a', '{}', 1), ('eco2_b', 'cut {', 1)`],
    read: async () => seriesFrom((await selectCounters(DB).all()).results),
    rows: 1,
  },
  {
    store: "characters",
    read: () =>
      readableCharacters([
        { code: "a", name: "A", type: "t", dialog: "d", match: "종이" },
        { code: "b", name: 7 },
      ]),
    rows: 1,
  },
  {
    store: "dead_letters",
    sql: [deadLetter("one", "3"), deadLetter("bad", "2"), deadLetter("two", "1")],
    read: async () => {
      const first = await listDeadLetters(DB, { limit: 2 });
      const cursor = first.next_cursor ?? undefined;
      const second = await listDeadLetters(DB, { limit: 2, cursor });
      return [...first.dead_letters, ...second.dead_letters];
    },
    rows: 2,
  },
  {
    store: "webhook_deliveries",
    sql: [delivery("one", 3), delivery("bad", 2), delivery("two", 1)],
    read: async () => {
      const list = deliveryList(DB);
      const first = await list.list(DeliveryQuery.parse({ limit: 2 }));
      const query = DeliveryQuery.parse({ limit: 2, cursor: first.next_cursor ?? undefined });
      return [...first.deliveries, ...(await list.list(query)).deliveries];
    },
    rows: 2,
  },
  {
    store: "revocations",
    sql: [revocation("one", 3), revocation("bad", 2), revocation("two", 1)],
    read: async () => {
      const first = await listRevocations(DB, { limit: 2 }, 0);
      const cursor = first.next_cursor ?? undefined;
      const next = await listRevocations(DB, { limit: 2, cursor }, 0);
      return [...first.revocations, ...next.revocations];
    },
    rows: 2,
  },
  {
    store: "scans",
    read: async () => {
      const userId = crypto.randomUUID();
      for (let count = 0; count < 3; count++) await addScan(userId);
      const account = env.USER_ACCOUNT.getByName(userId);
      await runInDurableObject(account, (_, { storage }) =>
        storage.sql.exec(`UPDATE scans SET insufficiencies = 'cut [' WHERE id IN (
          SELECT id FROM scans ORDER BY admitted_at DESC, id DESC LIMIT 1 OFFSET 1)`),
      );
      const items: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = HistoryPage.parse({ limit: 2, cursor });
        const found = await historyOf(await account.history(userId, page), page, async () => null);
        items.push(...found.items);
        cursor = found.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return items;
    },
    rows: 2,
  },
  {
    store: "event_segments",
    read: () => parseEvents([line(1), "cut {", line(3)].join("\n"), { store: "event_segments" }),
    rows: 2,
  },
];

describe.each(readers)("a row of $store that does not parse", ({ store, sql = [], read, rows }) => {
  it("loses only itself, is named in the log and counted, and an alert rises", async () => {
    if (sql.length > 0) await DB.batch(sql.map((it) => DB.prepare(it)));
    expect(await read()).toHaveLength(rows);
    expect(logged.join()).toContain(`"event":"row.unreadable","store":"${store}","row":`);
    await metrics.flush(DB, "now");
    const { results } = await DB.prepare("SELECT * FROM metric_counters").all();
    expect(JSON.stringify(results)).toContain(
      `"name":"eco2_rows_unread","labels":${JSON.stringify(JSON.stringify({ store }))}`,
    );
    await evaluateAlerts(env);
    expect(await listAlerts(DB)).toEqual(
      expect.arrayContaining([expect.objectContaining({ rule: "unread_rows", target: store })]),
    );
  });
});

describe("text that is not JSON", () => {
  const now = Date.now();
  const minuteNames = [
    ...["failures", "model_errors", "deliveries", "unread_rows"].map((it) => `${it}_by_minute`),
    ...["begun", "ended"].map((it) => `long_attempts_${it}_by_minute`),
  ];
  const names = [...minuteNames, "eco2_model_calls", "eco2_model_cost_usd"];
  const cut = (name: string) =>
    DB.prepare("INSERT INTO metric_counters VALUES (?, 'cut {', 1)").bind(name);

  it("in the labels of a counter does not stop what counts others", async () => {
    const [, , count] = failureInMinute(now, "vision", "X");
    metrics.add([failureInMinute(now, "vision", "X"), deliveryInMinute(now, "vision")]);
    await metrics.flush(DB, "now");
    await DB.batch(names.map(cut));
    const [worst, attempts] = await DB.batch([worstMinute(DB, now), openAttempts(DB, 0, now)]);
    expect(worst?.results).toMatchObject([{ failures: count }]);
    expect(attempts?.results).toMatchObject([{ stage: "vision", deliveries: 1 }]);
    await DB.batch([modelErrorsSince(DB, now), unreadRowsSince(DB, now)]);
    expect((await lastMinutes(DB, now)).counts).toHaveLength(2);
    expect([...(await readCallPrices(DB))]).toEqual([]);
  });

  it("in the labels of a minute is deleted with what is old", async () => {
    await DB.batch(names.map(cut));
    await DB.batch([
      deleteErrorMinutes(DB, now),
      deleteAttemptMinutes(DB, now),
      deleteUnreadMinutes(DB, now),
    ]);
    const { results } = await DB.prepare("SELECT name FROM metric_counters").all();
    expect(results).toEqual([{ name: "eco2_model_calls" }, { name: "eco2_model_cost_usd" }]);
  });

  it.each(WriteQueue.options)(
    "in the body of a dead letter of %s does not stop the others",
    async (queue) => {
      await DB.prepare(deadLetter("cut", "1")).run();
      await DB.prepare(
        "UPDATE dead_letters SET kind = 'write', source = ?, body = 'cut {' WHERE id = 'cut'",
      )
        .bind(queue)
        .run();
      expect(await settleWritten(DB, queue, now)).toBe(0);
    },
  );
});

it("is no count of the totals", () => {
  const row = { status: "failed", major: null, middle: null, reward_code: null, scans: 2 };
  expect(statsOf([row, { ...row, scans: "many" }]).total).toBe(2);
});

it("does not stop who edits the catalog from seeing that it is there", async () => {
  const parse = () => readCatalog(DB, readableCharacters);
  expect((await parse()).characters.length).toBeGreaterThan(0);
});

describe("revocations", () => {
  const isolate = () => authOf({ ...env, AUTH_MODE: "jwt", AUTH_JWT_SECRET: secret });
  const tokenOf = (claims: object) => signToken({ ...goodClaims(), ...claims });

  it("go on when one of them cannot be read", async () => {
    const [revoked, good] = [crypto.randomUUID(), await tokenOf({})];
    const now = Date.now();
    await DB.batch([
      DB.prepare(revocation(revoked, now)),
      DB.prepare(`INSERT INTO revocations VALUES ('jti', 'bad', ${huge}, NULL, 'k', 'w')`),
    ]);
    await expect(verifyAccessToken(isolate(), await tokenOf({ jti: revoked }))).rejects.toThrow(
      "revoked",
    );
    expect(await verifyAccessToken(isolate(), good)).toHaveProperty("userId");
  });

  it.each([2 ** 53, 2 ** 60, 1e300, -1])(
    "have no row of a token whose exp is %d, which is refused",
    async (exp) => {
      const token = await tokenOf({ exp, jti: crypto.randomUUID() });
      await expect(verifyAccessToken(isolate(), token)).rejects.toThrow("exp");
      await endSession(isolate(), DB, [token]);
      const rows = await DB.prepare("SELECT * FROM revocations").all();
      expect(rows.results).toEqual([]);
    },
  );

  it("have a row of a token that is valid for years", async () => {
    const token = await tokenOf({ exp: inSeconds(9e8), jti: crypto.randomUUID() });
    await endSession(isolate(), DB, [token]);
    await expect(verifyAccessToken(isolate(), token)).rejects.toThrow("revoked");
  });
});
