import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Publication, publicationOf, versionOf } from "../../regulations/publication.ts";
import {
  changes,
  publish,
  published,
  type RegulationStore,
  rollback,
} from "../../regulations/publish.ts";
import { Municipality } from "../../src/pipeline/municipality.ts";
import { Regulation } from "../../src/pipeline/regulation.ts";
import { documentKey, manifestKey, pointerKey } from "../../src/regulations/regulation-keys.ts";
import { kvSource } from "../../src/regulations/source.ts";
import { documents, municipalities } from "../setup.ts";

/** KV itself; every test has names of its own in it. */
function aStore(): RegulationStore {
  const prefix = crypto.randomUUID();
  const own = (key: string) => `${prefix}:${key}`;
  const kv = kvSource(env.REGULATIONS);
  return {
    text: (key) => env.REGULATIONS.get(own(key)),
    async jsons(keys) {
      const read = await kv.jsons(keys.map(own));
      return new Map([...read].map(([key, value]) => [key.slice(prefix.length + 1), value]));
    },
    async put(entries) {
      for (const { key, value } of entries) await env.REGULATIONS.put(own(key), value);
    },
  };
}

/** The same store, whose writer dies after so many writes. */
const dyingAfter = (store: RegulationStore, writes: number): RegulationStore => {
  let left = writes;
  return {
    ...store,
    async put(entries) {
      for (const entry of entries) {
        if (left-- <= 0) throw new Error("The publisher was killed");
        await store.put([entry]);
      }
    },
  };
};

const [first, ...rest] = documents.map((document) => Regulation.parse(document));
if (!first) throw new Error("There are documents");
const changed = [{ ...first, summary: "요약을 고쳤어요." }, ...rest];

const before = await publicationOf(documents, municipalities);
const after = await publicationOf(changed, municipalities);
const writes = ({ entries }: Publication) => entries.length + 1;

describe("publish", () => {
  it("makes the complete version the active one", async () => {
    const store = aStore();
    expect(await published(store)).toBeNull();
    await publish(store, before);
    const book = await published(store);
    expect(book?.version).toBe(before.version);
    expect(book?.documents.size).toBe(18);
    expect(book?.municipalities.length).toBeGreaterThanOrEqual(6);
  });

  it("leaves the former version active when it dies after any of its writes", async () => {
    const store = aStore();
    await publish(store, before);
    for (let written = 0; written < writes(after); written++) {
      await expect(publish(dyingAfter(store, written), after)).rejects.toThrow("killed");
      const book = await published(store);
      expect(book?.version).toBe(before.version);
      expect(book?.documents.get(first.key)?.summary).toBe(first.summary);
    }
    await publish(store, after);
    expect((await published(store))?.version).toBe(after.version);
  });

  it("does not activate a version that reads back differently", async () => {
    const store = aStore();
    await publish(store, before);
    const lossy: RegulationStore = {
      ...store,
      put: (entries) =>
        store.put(
          entries.map(({ key, value }) => ({ key, value: value.replace("요약을 고쳤어요.", "?") })),
        ),
    };
    await expect(publish(lossy, after)).rejects.toThrow("read back");
    expect(await store.text(pointerKey)).toBe(before.version);
  });
});

describe("rollback", () => {
  it("activates an earlier version, and refuses one that was never published", async () => {
    const store = aStore();
    await publish(store, before);
    await publish(store, after);
    await rollback(store, before.version);
    expect((await published(store))?.version).toBe(before.version);
    await expect(rollback(store, "0123456789ab")).rejects.toThrow(
      "0123456789ab was never published",
    );
    expect((await published(store))?.version).toBe(before.version);
  });
});

it("rolls back to a version that was stored before sources had an address", async () => {
  const store = aStore();
  const old = ({ source: { title, publisher, effective_date }, ...rest }: Regulation) => ({
    ...rest,
    source: { title, publisher, effective_date },
  });
  const stored = documents.map((document) => old(Regulation.parse(document)));
  const version = await versionOf(stored, []);
  await store.put([
    ...stored.map((it) => ({ key: documentKey(version, it.key), value: JSON.stringify(it) })),
    {
      key: manifestKey(version),
      value: JSON.stringify({ documents: stored.map(({ key }) => key), municipalities: [] }),
    },
  ]);
  await publish(store, before);
  await rollback(store, version);
  expect((await published(store))?.documents.get(first.key)?.source.url).toBeNull();
});

describe("changes", () => {
  it("lists what only one of two versions has", async () => {
    const store = aStore();
    await publish(store, before);
    const book = await published(store);
    expect(changes(book, before)).toEqual([]);
    expect(changes(book, after)).toEqual([
      `~ ${first.key}`,
      expect.stringContaining(`- summary: "${first.summary}"`),
      expect.stringContaining(`+ summary: "요약을 고쳤어요."`),
    ]);
    const fewer = await publicationOf(documents, municipalities.slice(1));
    expect(changes(book, fewer)).toEqual([expect.stringMatching(/^- municipality:/)]);
    expect(changes(null, before)).toHaveLength(writes(before) - 2);
  });
});

it("refuses two municipalities of one name", async () => {
  const [one, other] = municipalities.map((it) => Municipality.parse(it));
  const twice = [one, { ...other, aliases: one?.aliases }];
  await expect(publicationOf(documents, twice)).rejects.toThrow("are both called");
});
