import { env } from "cloudflare:workers";
import { CloudEvent, HTTP } from "cloudevents";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { authOf } from "../../src/auth/auth.ts";
import { endSession } from "../../src/auth/end-session.ts";
import { revoke, unrevoke } from "../../src/auth/revoke.ts";
import { issueTokens, newSession } from "../../src/auth/session.ts";
import { type CatalogChange, changeCatalog } from "../../src/characters/change-catalog.ts";
import type { Character } from "../../src/characters/character.ts";
import { readCatalog } from "../../src/characters/character-catalog.ts";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { changeData } from "../../src/events/contract/change-data.ts";
import type { LoggedEvent } from "../../src/events/logged-event.ts";
import { redactUser } from "../../src/events/redact-user.ts";
import { countScans } from "../../src/metrics/scan-metrics.ts";
import { pseudonymOf } from "../../src/users/pseudonym.ts";
import { buildScanEvents } from "../support/build-scan-events.ts";
import { crashingEnv, ProcessCrashed } from "../support/crashing-env.ts";
import { appendScans, catchUpToHead, emptyLog, wholeLog } from "../support/scan-event-log.ts";
import { secret } from "../support/sign-token.ts";
import { callApp } from "../support/worker-requests.ts";

const { DB } = env;
const now = () => Date.now();

beforeEach(async () => {
  await emptyLog();
  await DB.prepare("DELETE FROM revocations").run();
});
afterEach(() => void vi.useRealTimers());

let seeded: readonly Character[] = [];
beforeAll(async () => {
  seeded = (await readCatalog(DB)).characters;
});
afterAll(() => changeCatalog(DB, refresh(seeded)));

const capy: Character = {
  code: "char-capy",
  name: "캐피",
  type: "재활용",
  dialog: "안녕!",
  match: "캔",
};
const upsert = (character: Character): CatalogChange => ({
  by: "kim",
  action: "catalog.upsert",
  target: character.code,
  detail: {},
  edit: (before) => [...before.filter(({ code }) => code !== character.code), character],
});
const remove = (code: string): CatalogChange => ({
  by: "kim",
  action: "catalog.delete",
  target: code,
  detail: {},
  edit: (before) => before.filter((it) => it.code !== code),
});
const refresh = (characters: readonly Character[]): CatalogChange => ({
  by: "kim",
  action: "catalog.refresh",
  target: "*",
  detail: {},
  edit: () => [...characters],
});

/** The copy of a service that follows the catalog from a copy of its own. */
function followed(copy: readonly Character[], events: readonly LoggedEvent[]): Character[] {
  return events.reduce<Character[]>(
    (characters, { type, data }) => {
      if (type === "catalog.full_refresh") return changeData[type].parse(data).characters;
      if (type === "catalog.upsert") {
        const { character } = changeData[type].parse(data);
        return [...characters.filter(({ code }) => code !== character.code), character];
      }
      const { code } = changeData["catalog.delete"].parse(data);
      return characters.filter((it) => it.code !== code);
    },
    [...copy],
  );
}

const byCode = (characters: readonly Character[]) =>
  Object.fromEntries(characters.map((it) => [it.code, it]));

const token = "events-secret";
async function readFeed(query: string) {
  const response = await callApp({ EVENTS_TOKEN: token }, `/api/v1/events?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  const headers = Object.fromEntries(response.headers);
  const events = HTTP.toEvent({ headers, body: await response.text() });
  if (!Array.isArray(events)) throw new Error("a page is a batch");
  for (const event of events) expect(event).toBeInstanceOf(CloudEvent);
  return { events, next: response.headers.get("x-next-cursor") };
}

describe("changes of the catalog", () => {
  it("are events, with which a copy elsewhere becomes the same catalog", async () => {
    const { version, characters } = await readCatalog(DB);
    await changeCatalog(DB, upsert(capy));
    await changeCatalog(DB, upsert({ ...capy, dialog: "또 만났네!" }));
    await changeCatalog(DB, refresh(characters));
    await changeCatalog(DB, upsert(capy));
    await changeCatalog(DB, remove(capy.code));
    const log = await wholeLog();
    expect(log.map(({ type, seq }) => `${type} ${seq - version}`)).toEqual([
      "catalog.upsert 1",
      "catalog.upsert 2",
      "catalog.full_refresh 3",
      "catalog.upsert 4",
      "catalog.delete 5",
    ]);
    expect(log.map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4, 5]);
    for (const length of [1, 2, 3, 4, 5]) {
      const data = log[length - 1]?.data;
      expect(data).toMatchObject({ version: version + length });
    }
    const after = await readCatalog(DB);
    expect(byCode(followed(characters, log))).toEqual(byCode(after.characters));
  });

  it("are no event when the catalog would not be whole", async () => {
    const refused = await changeCatalog(DB, upsert({ ...capy, match: "대표 캐릭터" }));
    expect(refused).toHaveProperty("error");
    expect(await wholeLog()).toEqual([]);
  });

  it("are an event each, in the order of their versions, when many are made at once", async () => {
    const { version } = await readCatalog(DB);
    const codes = ["a", "b", "c", "d"].map((it) => `char-${it}`);
    await Promise.all(
      codes.map((code) => changeCatalog(DB, upsert({ ...capy, code, match: code }))),
    );
    const log = await wholeLog();
    expect(log.map(({ seq }) => seq - version)).toEqual([1, 2, 3, 4]);
    for (const code of codes) await changeCatalog(DB, remove(code));
  });

  it.each([
    [1, "before"],
    [1, "after"],
    [2, "before"],
    [2, "after"],
  ] as const)(
    "are in the log exactly when they were made, when the process crashes at call %i, %s it",
    async (call, when) => {
      const { version } = await readCatalog(DB);
      const crashing = crashingEnv(env, call, when);
      await expect(changeCatalog(crashing.DB, upsert(capy))).rejects.toBeInstanceOf(ProcessCrashed);
      const after = await readCatalog(DB);
      const log = await wholeLog();
      expect(log).toHaveLength(after.version - version);
      await changeCatalog(DB, remove(capy.code));
    },
  );
});

describe("revocations", () => {
  const order = { by: "kim", why: "stolen phone" };

  it("are events of a subject's pseudonym, and are taken back once", async () => {
    const at = now();
    const kind = "subject";
    await revoke(DB, { kind, value: "user-1", revoked_at: at, until: null, ...order });
    expect(await unrevoke(DB, { kind, value: "user-1", by: "kim" })).toBe(true);
    expect(await unrevoke(DB, { kind, value: "user-1", by: "kim" })).toBe(false);
    const value = await pseudonymOf("user-1");
    const log = await wholeLog();
    expect(log).toMatchObject([
      {
        type: "token.revoked",
        job_id: "tokens",
        data: { kind, value, revoked_at: at, until: null },
      },
      { type: "token.restored", job_id: "tokens", data: { kind, value } },
    ]);
    expect(JSON.stringify(log)).not.toMatch(/user-1"|kim|stolen/);
    expect(log.map(({ seq, cursor }) => seq === cursor)).toEqual([true, true]);
  });

  it("are no event when they change nothing, and one when they last longer", async () => {
    const until = now() + 60_000;
    const given = { kind: "jti" as const, value: "a", revoked_at: now(), ...order };
    await revoke(DB, { ...given, until });
    await revoke(DB, { ...given, until });
    await revoke(DB, { ...given, until: until - 1 });
    await revoke(DB, { ...given, until: until + 1 });
    await revoke(DB, { ...given, until: null });
    await revoke(DB, { ...given, until });
    expect((await wholeLog()).map(({ data }) => data)).toMatchObject([
      { until },
      { until: until + 1 },
      { until: null },
    ]);
  });

  it("of a logout are an event for each token and one for the session", async () => {
    const settings = { AUTH_MODE: "jwt", AUTH_JWT_SECRET: secret, SIGNING_SECRET: secret };
    const auth = authOf({ ...env, ...settings });
    const { sessions } = auth;
    if (!sessions) throw new Error("There are no sessions");
    const pair = await issueTokens(sessions, newSession("user-1"));
    const at = now();
    await endSession(auth, DB, [pair.access, pair.refresh], at);
    await endSession(auth, DB, [pair.access, pair.refresh], at);
    const kinds = (await wholeLog()).map(
      ({ data }) => changeData["token.revoked"].parse(data).kind,
    );
    expect(kinds.toSorted()).toEqual(["jti", "jti", "session"]);
  });

  it.each([
    [1, "before"],
    [1, "after"],
  ] as const)(
    "are in the log exactly when they were made, when the process crashes at call %i, %s it",
    async (call, when) => {
      const given = { kind: "jti" as const, value: "a", revoked_at: now(), until: null, ...order };
      const crashing = crashingEnv(env, call, when);
      await expect(revoke(crashing.DB, given)).rejects.toBeInstanceOf(ProcessCrashed);
      const rows = await DB.prepare("SELECT count(*) AS rows FROM revocations").first("rows");
      expect(await wholeLog()).toHaveLength(Number(rows));
    },
  );
});

describe("the log with changes among scans", () => {
  const scans = [buildScanEvents({ way: 0 }), buildScanEvents({ way: 1 })] as const;

  async function mixedLog() {
    await appendScans(scans[0]);
    await changeCatalog(DB, upsert(capy));
    await appendScans(scans[1]);
    await changeCatalog(DB, remove(capy.code));
    return wholeLog();
  }

  it("answers a reader who names no type with scans alone, and passes the changes", async () => {
    const log = await mixedLog();
    const { events, next } = await readFeed("limit=500");
    expect(events).toHaveLength(log.length - 2);
    expect(events.every(({ type }) => type.startsWith("scan."))).toBe(true);
    expect(next).toBe(String(log.at(-1)?.cursor));
  });

  it("answers a reader of changes with CloudEvents of their own source and schema", async () => {
    await mixedLog();
    const { events } = await readFeed("type=catalog.*,token.*");
    expect(events.map(({ type }) => type)).toEqual(["catalog.upsert", "catalog.delete"]);
    expect(events[0]).toMatchObject({
      source: "/api/v1/character/catalog",
      subject: "catalog",
      dataschema: expect.stringMatching(/\/schemas\/catalog\.upsert\/1$/),
      data: { character: capy },
    });
    expect((await readFeed("type=scan.*,catalog.delete&limit=500")).events.at(-1)?.type).toBe(
      "catalog.delete",
    );
  });

  it("is read by every projection and by the metrics without a dead letter", async () => {
    await mixedLog();
    await catchUpToHead();
    await countScans(env, 100);
    const letters = await DB.prepare("SELECT count(*) AS letters FROM dead_letters").first(
      "letters",
    );
    expect(letters).toBe(0);
  });

  it("keeps the changes when it is archived, and when a user is erased", async () => {
    const log = await mixedLog();
    const ranges = scans.map(({ events }) => [events[0]?.at ?? 0, events.at(-1)?.at ?? 0] as const);
    await redactUser(env, scans[0].userId, ranges);
    vi.useFakeTimers({ toFake: ["Date"], now: now() + 4 * 24 * 60 * 60 * 1000 });
    await archiveEvents(env);
    const archived = await wholeLog();
    expect(archived).toHaveLength(log.length);
    const changes = (events: readonly LoggedEvent[]) =>
      events.filter(({ type }) => type.startsWith("catalog."));
    expect(changes(archived)).toEqual(changes(log));
    expect((await readFeed("type=catalog.*")).events).toHaveLength(2);
  });
});
