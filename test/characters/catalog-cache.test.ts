import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Character } from "../../src/characters/character.ts";
import { readCatalog } from "../../src/characters/character-catalog.ts";
import { changeCatalog } from "../../src/characters/change-catalog.ts";
import { d1Characters } from "../../src/characters/d1-characters.ts";
import { catalogCache } from "../../src/characters/catalog-cache.ts";
import { reward } from "../../src/pipeline/stages/reward.ts";
import { stageOutputs } from "../support/job-builders.ts";

const entry = { by: "test", target: "*", detail: {} };
const refresh = (characters: Character[]) =>
  changeCatalog(env.DB, { ...entry, action: "catalog.refresh", edit: () => characters });

let seeded: Character[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  seeded ??= (await readCatalog(env.DB)).characters;
  await refresh(seeded);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
// The files behind this one share its stores.
afterAll(() => refresh(seeded));
const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

/** The same database in another isolate, with the queries that it is asked. */
function anIsolate(answer: (query: string) => D1PreparedStatement | null = () => null) {
  const asked: string[] = [];
  const db: D1Database = new Proxy(env.DB, {
    get(target, key): unknown {
      if (key !== "prepare") return Reflect.get(target, key);
      return (query: string) => {
        asked.push(query);
        return answer(query) ?? target.prepare(query);
      };
    },
  });
  return { db, asked };
}
const down = (): never => {
  throw new Error("D1 is down");
};
const isCheck = (query: string) => query === "SELECT version FROM catalog_version";

const petty = (label = "무색페트병"): Character => ({
  code: "char-petty",
  name: "새 페티",
  type: "재활용",
  dialog: "새로 왔어!",
  match: label,
});

/** What the reward stage gives for a clear PET bottle, whoever asks. */
async function rewarded(db: D1Database) {
  const input = {
    ...stageOutputs,
    owner: { job_id: crypto.randomUUID(), user_id: "user-1", owned: [] },
  };
  const ports = {
    characters: d1Characters(db),
    rewards: { allowForWords: async () => true },
    model: down,
    regulations: { version: down, ruleOf: down },
  };
  const given = await reward.execute(input, ports, AbortSignal.timeout(60_000), () => {});
  return given.reward;
}

describe("the catalog cache", () => {
  it.each<[string, (before: readonly Character[]) => Character[], string | null]>([
    [
      "an upsert",
      (before) => before.map((it) => (it.code === "char-petty" ? petty() : it)),
      "새 페티",
    ],
    ["a deletion", (before) => before.filter(({ code }) => code !== "char-petty"), null],
    ["a full refresh", (before) => [...before.slice(0, 1), petty()], "새 페티"],
    [
      "a label that moves to another",
      (before) =>
        before.flatMap((it) => {
          if (it.code === "char-petty") return [];
          return it.code === "char-metally" ? [{ ...it, match: "무색페트병" }] : [it];
        }),
      "메탈리",
    ],
  ])("sees %s within five seconds", async (_, edit, name) => {
    const isolates = [anIsolate(), anIsolate(), anIsolate()];
    for (const { db } of isolates) {
      wait(700);
      expect((await rewarded(db))?.name).toBe("페티");
    }
    await changeCatalog(env.DB, { ...entry, action: "catalog.refresh", edit });
    for (let waited = 0; waited < 5_000; waited += 500) {
      wait(500);
      // One has nothing to do until the last moment.
      for (const { db } of isolates.slice(1)) await rewarded(db);
    }
    for (const { db } of isolates) expect((await rewarded(db))?.name ?? null).toBe(name);
  });

  it("reads the version once in two seconds, however many matches there are", async () => {
    const { db, asked } = anIsolate();
    const characters = d1Characters(db);
    await characters.matching("종이");
    for (let waited = 0; waited < 10_000; waited += 100) {
      wait(100);
      await Promise.all(Array.from({ length: 20 }, () => characters.matching("종이")));
    }
    expect(asked.filter(isCheck)).toHaveLength(5);
    expect(asked.filter((query) => !isCheck(query))).toHaveLength(1);
  });

  it("uses its copy and logs a warning when D1 is down, and sees the change afterwards", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    let isDown = false;
    const { db } = anIsolate((query) => (isDown && isCheck(query) ? down() : null));
    expect((await rewarded(db))?.name).toBe("페티");
    isDown = true;
    await refresh([...seeded.slice(0, 1), petty()]);
    wait(60_000);
    expect((await rewarded(db))?.name).toBe("페티");
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("cache.load_failed"));
    isDown = false;
    wait(2_000);
    expect((await rewarded(db))?.name).toBe("새 페티");
  });

  it("uses its copy when D1 does not answer", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    let hangs = false;
    const { db } = anIsolate((query) => {
      const statement = env.DB.prepare(query);
      if (hangs) statement.all = () => new Promise<never>(() => {});
      return statement;
    });
    await rewarded(db);
    hangs = true;
    wait(2_000);
    expect((await rewarded(db))?.name).toBe("페티");
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("cache.load_failed"));
  });

  it("rejects when the first load fails, which costs the scan only its character", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { db } = anIsolate(down);
    await expect(catalogCache(db)()).rejects.toThrow("D1 is down");
    expect(await rewarded(db)).toBeNull();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("character.match_failed"));
  });

  it("does not replace a later copy with the result of a slow load", async () => {
    const slow = Promise.withResolvers<void>();
    let isSlow = false;
    const { db } = anIsolate((query) => {
      const statement = env.DB.prepare(query);
      if (isSlow && !isCheck(query)) {
        isSlow = false;
        statement.all = async <Row>() => {
          const read = await env.DB.prepare(query).all<Row>();
          await slow.promise;
          return read;
        };
      }
      return statement;
    });
    const current = catalogCache(db);
    await current();
    await refresh([...seeded.slice(0, 1), { ...petty(), name: "둘째" }]);
    wait(2_000);
    isSlow = true;
    const waiting = current();
    await vi.waitFor(() => expect(isSlow).toBe(false));
    await refresh([...seeded.slice(0, 1), { ...petty(), name: "셋째" }]);
    wait(2_000);
    expect((await current()).byLabel.get("무색페트병")?.name).toBe("셋째");
    slow.resolve();
    await waiting;
    expect((await current()).byLabel.get("무색페트병")?.name).toBe("셋째");
  });
});

it("gives each scan a character of one catalog version when versions replace each other", async () => {
  /** A whole catalog of which every word says which it is. */
  const generation = (n: number): Character[] => {
    const swapped = n % 2 === 0 ? ["무색페트병", "종이"] : ["종이", "무색페트병"];
    return [
      ...seeded.slice(0, 1),
      ...swapped.map((match, index) => ({
        code: `char-${index}`,
        name: `${match} ${n}`,
        type: `종류 ${n}`,
        dialog: `말 ${n}`,
        match,
      })),
    ];
  };
  await refresh(generation(0));
  const isolates = Array.from({ length: 3 }, () => anIsolate().db);
  const over = new AbortController();
  const seen = new Set<string>();
  async function scan(db: D1Database) {
    while (!over.signal.aborted) {
      const given = await rewarded(db);
      const [, n] = given?.name.split(" ") ?? [];
      // The label is never without its character, nor the character with another's words.
      expect(given).toMatchObject({
        code: Number(n) % 2 === 0 ? "char-0" : "char-1",
        name: `무색페트병 ${n}`,
        type: `종류 ${n}`,
        dialog: `말 ${n}`,
      });
      seen.add(given?.name ?? "");
      wait(300);
      await scheduler.wait(1);
    }
  }
  const scanning = Promise.all(isolates.map(scan));
  for (let n = 1; n <= 15; n++) {
    await refresh(generation(n));
    await scheduler.wait(5);
  }
  await vi.waitFor(() => expect(seen).toContain("무색페트병 15"));
  over.abort();
  await scanning;
  expect(seen.size).toBeGreaterThan(3);
});

describe("concurrent catalog changes", () => {
  it("are all applied, each with its own version", async () => {
    const { version } = await readCatalog(env.DB);
    const added = Array.from({ length: 8 }, (_, n) => ({ ...petty(`라벨 ${n}`), code: `c-${n}` }));
    const changes = await Promise.all(
      added.map((character) =>
        changeCatalog(env.DB, {
          ...entry,
          action: "catalog.upsert",
          edit: (before) => [...before, character],
        }),
      ),
    );
    const versions = changes.map((it) => ("error" in it ? 0 : it.version));
    expect(versions.toSorted((a, b) => a - b)).toEqual(added.map((_, n) => version + 1 + n));
    const after = await readCatalog(env.DB);
    expect(after.version).toBe(version + 8);
    expect(after.characters).toHaveLength(seeded.length + 8);
    expect(after.characters).toEqual(expect.arrayContaining(added));
  });

  it("write nothing when they fail", async () => {
    const before = await readCatalog(env.DB);
    await env.DB.prepare(
      "CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END",
    ).run();
    try {
      await expect(refresh([...seeded.slice(0, 1), petty()])).rejects.toThrow("full");
    } finally {
      await env.DB.prepare("DROP TRIGGER no_audit").run();
    }
    expect(await readCatalog(env.DB)).toEqual(before);
  });
});
