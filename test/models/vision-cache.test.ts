import { describe, expect, it, onTestFinished, vi } from "vitest";
import { edgeVisionCache } from "../../src/models/vision-cache.ts";
import type { VisionResult } from "../../src/ports.ts";

const result: VisionResult = {
  classification: {
    major_category: "재활용폐기물",
    middle_category: "무색페트병",
    minor_category: "생수병",
  },
  situation_tags: ["내용물_없음"],
  notice: null,
  other_items: ["음료수 캔"],
  certainty: { confidence: 0.9, candidates: [], asks: null, confirmed_by: null },
};

const open = () => caches.open("vision");
const buildKey = () => `vision:${crypto.randomUUID()}`;

describe("the vision cache", () => {
  it("has in another isolate's reading what was put, and nothing for another key", async () => {
    const key = buildKey();
    expect(await edgeVisionCache(open).get(key)).toBeNull();
    await edgeVisionCache(open).put(key, result);
    expect(await edgeVisionCache(open).get(key)).toEqual(result);
    expect(await edgeVisionCache(open).get(`${key}?`)).toBeNull();
  });

  it("replaces a result, and asks the cache to drop it after a day", async () => {
    const key = buildKey();
    const cache = edgeVisionCache(open);
    await cache.put(key, result);
    await cache.put(key, { ...result, notice: "다시 봤어요." });
    expect(await cache.get(key)).toMatchObject({ notice: "다시 봤어요." });
    const put = vi.fn<Cache["put"]>().mockResolvedValue();
    await edgeVisionCache(() => Promise.resolve({ put, match: vi.fn<Cache["match"]>() })).put(
      key,
      result,
    );
    expect(put.mock.calls[0]?.[1].headers.get("cache-control")).toBe("max-age=86400");
  });

  it.each([
    ["another version's result", JSON.stringify({ ...result, classification: { item: "생수병" } })],
    ["what is not JSON", "<html>"],
    ["nothing", ""],
  ])("misses when the cache holds %s", async (_, body) => {
    const key = buildKey();
    const put = vi.fn<Cache["put"]>().mockResolvedValue();
    const cache = await open();
    await edgeVisionCache(() => Promise.resolve({ match: (it) => cache.match(it), put })).put(
      key,
      result,
    );
    const url = put.mock.calls[0]?.[0] ?? "";
    await cache.put(url, new Response(body, { headers: { "cache-control": "max-age=60" } }));
    expect(await edgeVisionCache(open).get(key)).toBeNull();
  });

  const down = () => Promise.reject(new Error("The cache is down"));
  const hanging = () => new Promise<never>(() => {});
  it.each<[string, Parameters<typeof edgeVisionCache>[0]]>([
    ["cannot be opened", down],
    ["fails", () => Promise.resolve({ match: down, put: down })],
    ["hangs when it is opened", hanging],
    ["hangs", () => Promise.resolve({ match: hanging, put: hanging })],
  ])("misses, and drops what is put, when the cache %s", async (_, open) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const cache = edgeVisionCache(open);
    const answers = Promise.all([cache.get(buildKey()), cache.put(buildKey(), result)]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answers).toEqual([null, undefined]);
  });
});
