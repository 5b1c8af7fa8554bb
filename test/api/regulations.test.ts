import { describe, expect, it } from "vitest";
import { callWorker } from "../support/worker-requests.ts";

const get = (path: string, headers: Record<string, string> = {}) =>
  callWorker(`/api/v1/regulations${path}`, { user: null, headers });

describe("the regulations", () => {
  it("are listed for anybody, with their version, sources and regions", async () => {
    const response = await get("");
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    const { version, documents, regions } = await response.json<{
      version: string;
      documents: object[];
      regions: string[];
    }>();
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    expect(documents).toHaveLength(18);
    expect(documents).toContainEqual({
      key: "재활용폐기물_무색페트병",
      category: { major: "재활용폐기물", middle: "무색페트병" },
      name: expect.any(String),
      summary: expect.any(String),
      source: {
        title: expect.any(String),
        publisher: "기후에너지환경부",
        url: "https://www.law.go.kr/LSW/admRulInfoP.do?admRulSeq=2100000272746",
        number: "기후에너지환경부훈령 제18호",
        effective_date: "2026-01-01",
        checked_on: "2026-11-29",
      },
      items: expect.any(Number),
    });
    expect(regions).toContain("서울특별시 강남구");
  });

  it("are not sent again to whoever has them", async () => {
    const etag = (await get("")).headers.get("etag") ?? "";
    const again = await get("", { "if-none-match": etag });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
  });

  it("are read one by one, with what a municipality adds", async () => {
    const path = `/${encodeURIComponent("재활용폐기물_무색페트병")}`;
    expect(await (await get(path)).json()).toMatchObject({
      name: "무색(투명) 페트병",
      local: null,
    });
    const asked = `${path}?region=${encodeURIComponent("강남구")}`;
    expect(await (await get(asked)).json()).toMatchObject({
      local: {
        region: "서울특별시 강남구",
        source: { publisher: "서울특별시 강남구", url: expect.stringContaining("gangnam.go.kr") },
      },
    });
  });

  it("name the source of a row that is not from the municipality's own", async () => {
    const path = `/생활계유해폐기물?region=${encodeURIComponent("강남구")}`;
    expect(await (await get(path)).json()).toMatchObject({
      local: { region: "서울특별시 강남구", source: { publisher: "서울특별시" } },
    });
  });

  it.each(["/우주쓰레기", "/constructor", "/%2e%2e", "/재활용폐기물"])(
    "have nothing at %s",
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(404);
    },
  );
});

describe("the search", () => {
  const search = async (query: string) => {
    const response = await get(`/search?q=${encodeURIComponent(query)}`);
    const body = await response.json<{ results: { item: string; key: string }[] }>();
    return body.results;
  };

  it.each([
    ["생수병", "재활용폐기물_무색페트병"],
    ["생 수 병", "재활용폐기물_무색페트병"],
    ["생수병을", "재활용폐기물_무색페트병"],
    ["다 쓴 건전지는 어디에 버려요?", "재활용폐기물_전지"],
    ["프라이팬", "재활용폐기물_금속류"],
    ["소파", "대형폐기물"],
  ])("finds %s first in %s", async (query, key) => {
    expect((await search(query))[0]?.key).toBe(key);
  });

  it("finds what only begins as the query does", async () => {
    const items = await search("스티로");
    expect(items.length).toBeGreaterThan(1);
    expect(items[0]?.key).toBe("재활용폐기물_발포합성수지");
  });

  it("answers with the word that was meant, and not with another name of its item", async () => {
    expect((await search("전자레인지 회전판"))[0]?.item).toBe("전자레인지 회전판");
    expect((await search("욕실거울"))[0]?.item).toBe("욕실거울");
  });

  it("finds nothing for nonsense", async () => {
    expect(await search("ㅁㄴㅇㄹ")).toEqual([]);
  });

  it.each(["", "?q=", `?q=${"가".repeat(101)}`])("refuses %s", async (query) => {
    const response = await get(`/search${query}`);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "VALIDATION_ERROR" });
  });
});

it("lists the models that are configured, with their prices", async () => {
  const response = await callWorker("/api/v1/models", { user: null });
  expect(await response.json()).toEqual({
    default: "offline",
    fallbacks: [],
    models: [
      {
        name: "offline",
        provider: "offline",
        vision: true,
        photo_types: ["image/jpeg", "image/png", "image/webp", "image/gif"],
        max_output_tokens: null,
        retires_on: null,
        successor: null,
        replaced: null,
        price: {
          input_usd_per_million_tokens: 0,
          output_usd_per_million_tokens: 0,
          as_of: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
          source: null,
        },
      },
    ],
  });
});
