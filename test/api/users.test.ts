import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { HistoryEntry } from "../../src/pipeline/history-entry.ts";
import { addScan } from "../support/user-history.ts";
import { callWorker, callApp } from "../support/worker-requests.ts";

const base = "/api/v1/users/me";
const get = (path = "", user: string | null = "user-1") => callWorker(`${base}${path}`, { user });
const patch = (body: unknown, user = "user-1") =>
  callWorker(base, {
    method: "PATCH",
    user,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const unknown = {
  username: expect.stringMatching(/^user-[0-9a-f]{8}$/),
  display_name: null,
  nickname: "사용자",
  phone_number: null,
  provider: null,
  last_login_at: null,
};
const count = (table: string, column: string, user: string) =>
  env.DB.prepare(`SELECT COUNT(*) AS count FROM ${table} WHERE ${column} = ?`)
    .bind(user)
    .first<number>("count");

describe("a user's profile", () => {
  it("has all six members from the first read, which creates it once", async () => {
    const user = crypto.randomUUID();
    const looks = await Promise.all(Array.from({ length: 10 }, () => get("", user)));
    for (const response of looks) {
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual(unknown);
    }
    expect(await count("users", "id", user)).toBe(1);
  });

  it("has a name that stays the same, and is another user's never", async () => {
    const [user, other] = [crypto.randomUUID(), crypto.randomUUID()];
    const nameOf = async (of: string) => {
      const { username } = await (await get("", of)).json<{ username: string }>();
      return username;
    };
    expect(await nameOf(user)).toBe(await nameOf(user));
    expect(await nameOf(user)).not.toBe(await nameOf(other));
    expect(user).not.toContain((await nameOf(user)).slice("user-".length));
  });

  it("has the stored values, with ISO times", async () => {
    const user = crypto.randomUUID();
    await env.DB.prepare(
      "INSERT INTO users VALUES (?, 'kim', '김 주민', '새싹', NULL, 'kakao', 1000, 1)",
    )
      .bind(user)
      .run();
    expect(await (await get("", user)).json()).toEqual({
      username: "kim",
      display_name: "김 주민",
      nickname: "새싹",
      phone_number: null,
      provider: "kakao",
      last_login_at: "1970-01-01T00:00:01.000Z",
    });
  });

  it("accepts a nickname and a phone number separately, and clears them with null", async () => {
    const user = crypto.randomUUID();
    const changed = await patch({ nickname: "  초록 발자국 " }, user);
    expect(changed.status).toBe(200);
    expect(await changed.json()).toEqual({ ...unknown, nickname: "초록 발자국" });
    const both = { ...unknown, nickname: "초록 발자국", phone_number: "010-1234-5678" };
    expect(await (await patch({ phone_number: "+82 10 1234 5678" }, user)).json()).toEqual(both);
    expect(await (await patch({}, user)).json()).toEqual(both);
    expect(await (await get("", user)).json()).toEqual(both);
    const without = await patch({ nickname: null, phone_number: null }, user);
    expect(await without.json()).toEqual(unknown);
  });

  it("applies both of two concurrent changes", async () => {
    const user = crypto.randomUUID();
    await Promise.all([
      patch({ nickname: "새싹" }, user),
      patch({ phone_number: "0212345678" }, user),
    ]);
    expect(await (await get("", user)).json()).toMatchObject({
      nickname: "새싹",
      phone_number: "02-1234-5678",
    });
  });

  it.each(["가", "가".repeat(120), "🌱".repeat(120), "O'Neil\"; --"])(
    "takes %s as a nickname",
    async (nickname) => {
      const response = await patch({ nickname }, crypto.randomUUID());
      expect(await response.json()).toMatchObject({ nickname });
    },
  );

  it.each<[string, unknown, number, string, string?]>([
    ["a blank nickname", { nickname: "  " }, 422, "VALIDATION_ERROR", "nickname"],
    ["a nickname of 121", { nickname: "가".repeat(121) }, 422, "VALIDATION_ERROR", "nickname"],
    ["a nickname with a line break", { nickname: "a\nb" }, 422, "VALIDATION_ERROR", "nickname"],
    ["a nickname that is a number", { nickname: 1 }, 422, "VALIDATION_ERROR", "nickname"],
    [
      "a phone number that is none",
      { phone_number: "12" },
      422,
      "VALIDATION_ERROR",
      "phone_number",
    ],
    ["an empty phone number", { phone_number: "" }, 422, "VALIDATION_ERROR", "phone_number"],
    ["an unknown field", { nickname: "a", username: "b" }, 422, "VALIDATION_ERROR"],
    ["a list", [], 422, "VALIDATION_ERROR"],
    ["null", null, 422, "VALIDATION_ERROR"],
    ["what is not JSON", "{", 400, "MALFORMED_JSON"],
    ["nothing", "", 400, "MALFORMED_JSON"],
  ])("refuses %s, and stays as it is", async (_, body, status, code, field) => {
    const user = crypto.randomUUID();
    await patch({ nickname: "새싹", phone_number: "010-1234-5678" }, user);
    const response = await patch(body, user);
    expect(response.status).toBe(status);
    const problem: unknown = await response.json();
    expect(problem).toMatchObject({ code });
    if (field) expect(problem).toMatchObject({ errors: [{ path: field }] });
    expect(await (await get("", user)).json()).toMatchObject({
      nickname: "새싹",
      phone_number: "010-1234-5678",
    });
  });
});

const Collection = z.array(
  z.strictObject({
    id: z.string(),
    code: z.string(),
    name: z.string(),
    type: z.string(),
    dialog: z.string(),
    acquired_at: z.iso.datetime(),
  }),
);
const collection = async (user: string) =>
  Collection.parse(await (await get("/characters", user)).json());

describe("a user's characters", () => {
  it("start with the default one, granted once by concurrent reads", async () => {
    const user = crypto.randomUUID();
    const looks = await Promise.all(Array.from({ length: 20 }, () => collection(user)));
    const [first] = looks;
    expect(first).toMatchObject([{ code: "char-eco", name: "이코", type: "기본" }]);
    for (const look of looks) expect(look).toEqual(first);
    await vi.waitFor(async () => {
      const owned = await env.DB.prepare("SELECT * FROM character_ownerships WHERE user_id = ?")
        .bind(user)
        .all();
      expect(owned.results).toMatchObject([{ id: first?.[0]?.id, character_code: "char-eco" }]);
      expect(await count("user_characters", "user_id", user)).toBe(1);
    }, 20_000);
  });

  it("have no default one when there are others, newest last", async () => {
    const user = crypto.randomUUID();
    for (const [code, at] of [
      ["char-b", 3_000],
      ["char-c", 1_000],
      ["char-a", 2_000],
    ] as const) {
      await env.DB.prepare(
        "INSERT INTO user_characters VALUES (?1, ?2, ?3, '이름', '재활용', '말', ?4, ?4)",
      )
        .bind(`job of ${code}`, user, code, at)
        .run();
    }
    expect((await collection(user)).map(({ code, acquired_at }) => [code, acquired_at])).toEqual([
      ["char-c", "1970-01-01T00:00:01.000Z"],
      ["char-a", "1970-01-01T00:00:02.000Z"],
      ["char-b", "1970-01-01T00:00:03.000Z"],
    ]);
    expect(await count("character_ownerships", "user_id", user)).toBe(0);
  });

  it("have the default one in both tables under one id when one table already had it", async () => {
    const user = crypto.randomUUID();
    await env.DB.prepare("INSERT INTO character_ownerships VALUES ('before', ?, 'char-eco', 7000)")
      .bind(user)
      .run();
    expect(await collection(user)).toMatchObject([
      { id: "before", code: "char-eco", acquired_at: "1970-01-01T00:00:07.000Z" },
    ]);
  });

  it("are separate for each user", async () => {
    const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
    const [first, second] = [await collection(one), await collection(other)];
    expect(first[0]?.id).not.toBe(second[0]?.id);
  });
});

/** A scan that took five seconds. */
const aScan = (user: string, at: number, rest: Partial<HistoryEntry> = {}) =>
  addScan(user, { requestedAt: at, endedAt: at + 5_000, ...rest });

const Page = z.strictObject({
  items: z.array(z.looseObject({ job_id: z.string() })),
  next_cursor: z.string().nullable(),
});
const page = async (user: string, query = "") =>
  Page.parse(await (await get(`/scans${query}`, user)).json());

describe("a user's scans", () => {
  it("are listed with all stored values, newest first, without other users' scans", async () => {
    const user = crypto.randomUUID();
    const rewarded = { rewardCode: "char-petty", rewardName: "페티", insufficiencies: [] };
    const first = await aScan(user, 1_000, rewarded);
    const failed = { status: "failed", errorCode: "MODEL_REFUSED", region: null } as const;
    const nowhere = { major: null, middle: null, minor: null, insufficiencies: [] };
    const second = await aScan(user, 2_000, { ...failed, ...nowhere });
    await aScan(crypto.randomUUID(), 3_000);
    expect(await page(user)).toEqual({
      items: [
        {
          job_id: second.jobId,
          requested_at: "1970-01-01T00:00:02.000Z",
          ended_at: "1970-01-01T00:00:07.000Z",
          status: "failed",
          category: null,
          insufficiencies: [],
          reward: null,
          error_code: "MODEL_REFUSED",
          model: "offline",
          region: null,
          photo_url: expect.stringMatching(/^\/api\/v1\/images\/scan\/a-photo\?token=/),
        },
        {
          job_id: first.jobId,
          requested_at: "1970-01-01T00:00:01.000Z",
          ended_at: "1970-01-01T00:00:06.000Z",
          status: "completed",
          category: { major: "재활용폐기물", middle: "무색페트병", minor: "생수병" },
          insufficiencies: [],
          reward: { code: "char-petty", name: "페티" },
          error_code: null,
          model: "offline",
          region: "서울특별시 강남구",
          photo_url: expect.stringMatching(/^\/api\/v1\/images\/scan\/a-photo\?token=/),
        },
      ],
      next_cursor: null,
    });
  });

  it("are listed page by page when newer ones are added", async () => {
    const user = crypto.randomUUID();
    const scans = [];
    for (let n = 0; n < 7; n++) scans.push(await aScan(user, 1_000 + (n >> 1)));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query = cursor === null ? "?limit=2" : `?limit=2&cursor=${encodeURIComponent(cursor)}`;
      const { items, next_cursor } = await page(user, query);
      seen.push(...items.map(({ job_id }) => job_id));
      cursor = next_cursor;
      await aScan(user, 5_000);
    } while (cursor !== null);
    expect(seen).toHaveLength(7);
    expect(seen.toSorted()).toEqual(scans.map(({ jobId }) => jobId).toSorted());
  });

  it("are twenty a page by default", async () => {
    const user = crypto.randomUUID();
    for (let n = 0; n < 21; n++) await aScan(user, n);
    const { items, next_cursor } = await page(user);
    expect(items).toHaveLength(20);
    expect(next_cursor).not.toBeNull();
  });

  it.each([
    ["재활용폐기물", 2],
    ["무색페트병", 1],
    ["대형폐기물", 1],
    ["음식물류폐기물", 0],
    ["무색페트병".normalize("NFD"), 1],
  ])("are narrowed to %s", async (category, found) => {
    const user = crypto.randomUUID();
    await aScan(user, 1_000);
    await aScan(user, 2_000, { middle: "종이" });
    await aScan(user, 3_000, { major: "대형폐기물", middle: "대형폐기물" });
    const { items } = await page(user, `?category=${encodeURIComponent(category)}`);
    expect(items).toHaveLength(found);
  });

  it.each([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=1.5", "limit"],
    ["limit=many", "limit"],
    ["limit=", "limit"],
    ["category=우주쓰레기", "category"],
    ["category=", "category"],
    ["cursor=", "cursor"],
    ["cursor=abc", "cursor"],
    ["cursor=가", "cursor"],
    [`cursor=${encodeURIComponent(btoa("[]"))}`, "cursor"],
    [`cursor=${encodeURIComponent(btoa('["1","a"]'))}`, "cursor"],
    [`cursor=${encodeURIComponent(btoa("[-1,1]"))}`, "cursor"],
    [`cursor=${encodeURIComponent(btoa('[1.5,"a"]'))}`, "cursor"],
  ])("are refused for %s", async (query, field) => {
    const response = await get(`/scans?${query}`);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: "VALIDATION_ERROR",
      errors: [{ path: field }],
    });
  });
});

describe("a user's totals", () => {
  it("are zero at first", async () => {
    expect(await (await get("/stats", crypto.randomUUID())).json()).toEqual({
      total: 0,
      by_status: { completed: 0, failed: 0, cancelled: 0 },
      by_category: [],
      rewards: { total: 0, by_character: [] },
    });
  });

  it("count ended scans by status, category and reward", async () => {
    const user = crypto.randomUUID();
    const petty = { rewardCode: "char-petty", rewardName: "페티" };
    await aScan(user, 1, petty);
    await aScan(user, 2, petty);
    await aScan(user, 3);
    await aScan(user, 4, { major: "대형폐기물", middle: "대형폐기물", status: "cancelled" });
    await aScan(user, 5, { major: null, middle: null, minor: null, status: "failed" });
    await aScan(crypto.randomUUID(), 6, petty);
    expect(await (await get("/stats", user)).json()).toEqual({
      total: 5,
      by_status: { completed: 3, failed: 1, cancelled: 1 },
      by_category: [
        { major: "재활용폐기물", middle: "무색페트병", scans: 3, rewards: 2 },
        { major: "대형폐기물", middle: "대형폐기물", scans: 1, rewards: 0 },
      ],
      rewards: { total: 2, by_character: [{ code: "char-petty", scans: 2 }] },
    });
  });
});

describe.each([
  ["GET", ""],
  ["PATCH", ""],
  ["GET", "/characters"],
  ["GET", "/scans"],
  ["GET", "/stats"],
])("%s /users/me%s", (method, path) => {
  it("is 401 for nobody", async () => {
    const init = { method, ...(method === "PATCH" && { body: "{}" }) };
    const response = await callWorker(`${base}${path}`, { user: null, ...init });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "UNAUTHORIZED" });
    const closed = await callApp({ AUTH_MODE: "" }, `${base}${path}`, init);
    expect(closed.status).toBe(401);
  });
});
