import { describe, expect, it } from "vitest";
import { Municipality } from "../../src/pipeline/municipality.ts";
import { Regulation } from "../../src/pipeline/regulation.ts";
import { LocalSource } from "../../src/pipeline/source.ts";
import { municipalityNamed, type RegulationBook, ruleIn } from "../../src/regulations/book.ts";
import { documents, municipalities } from "../setup.ts";

const regulations = documents.map((document) => Regulation.parse(document));
const local = municipalities.map((it) => Municipality.parse(it));
const book: RegulationBook = {
  version: "v1",
  documents: new Map(regulations.map((it) => [it.key, it])),
  municipalities: local,
  unread: new Set(),
  isWhole: true,
};
const pet = {
  major_category: "재활용폐기물",
  middle_category: "무색페트병",
  minor_category: "생수병",
} as const;

/** The beginnings of the names of provinces and metropolitan cities. */
const provinces =
  "서울 부산 대구 인천 광주 대전 울산 세종 경기 강원 충청북 충청남 전북 전라남 경상북 경상남 제주";

it.each(provinces.split(" "))("has one municipality of %s", (province) => {
  expect(local.filter(({ region }) => region.startsWith(province))).toHaveLength(1);
});

describe.each(local)("$region", ({ region, source, overlays }) => {
  it("names its source with an address, and no date in the future", () => {
    const sources = [source, ...overlays.flatMap((row) => row.source ?? [])];
    for (const it of sources) {
      const { effective_date, checked_on, publisher } = LocalSource.parse(it);
      expect(publisher).not.toMatch(/신문|일보|방송|블로그/u);
      for (const date of [effective_date, checked_on]) {
        expect(Date.parse(date ?? "1995-01-01")).toBeLessThan(Date.now());
      }
    }
  });

  it("states nothing but where to look while its text is unchecked", () => {
    const kept = ["세종특별자치시", "제주특별자치도"];
    if (source.checked_on !== null || kept.includes(region)) return;
    expect(overlays).toHaveLength(1);
    expect(overlays).toEqual([
      expect.objectContaining({
        schedule: expect.stringContaining("확인해 주세요"),
        steps: [],
        booking: null,
      }),
    ]);
  });

  it("adds its rows to the national steps, and names its region", () => {
    for (const { keys, schedule, steps } of overlays) {
      const [key] = keys;
      const regulation = key && book.documents.get(key);
      if (!regulation) throw new Error(`${String(key)} is a document`);
      const { major, middle } = regulation.category;
      const item = { major_category: major, middle_category: middle, minor_category: null };
      const national = ruleIn(book, item, null).rule?.steps ?? [];
      const { rule, region: applied } = ruleIn(book, item, region);
      const added = [schedule, ...steps].filter((step) => step !== null);
      expect(rule?.steps).toEqual([...national, ...added].slice(0, 10));
      expect(rule?.local?.region).toBe(region);
      expect(applied).toEqual({ asked: region, applied: region, note: null });
    }
  });
});

it("names the source of a row that comes from elsewhere", () => {
  const medicine = {
    major_category: "생활계유해폐기물",
    middle_category: "생활계유해폐기물",
    minor_category: "알약",
  } as const;
  const { rule } = ruleIn(book, medicine, "강남구");
  expect(rule?.local).toMatchObject({
    region: "서울특별시 강남구",
    source: { publisher: "서울특별시" },
  });
  expect(ruleIn(book, pet, "강남구").rule?.local?.source.publisher).toBe("서울특별시 강남구");
});

it("finds a municipality by its aliases, whatever the spaces", () => {
  for (const name of ["강남구", "서울 강남구", "서울특별시강남구", " 서울특별시  강남구 "]) {
    expect(municipalityNamed(local, name)?.region).toBe("서울특별시 강남구");
  }
  expect(municipalityNamed(local, "제주시")?.region).toBe("제주특별자치도");
  expect(municipalityNamed(local, "울산 북구")?.region).toBe("울산광역시 북구");
});

it.each(["화성시 달동네", "북구", "중구"])(
  "applies the national rules with a note in %s",
  (asked) => {
    expect(municipalityNamed(local, asked)).toBeNull();
    const { rule, region } = ruleIn(book, pet, asked);
    expect(rule).toEqual(ruleIn(book, pet, null).rule);
    expect(region).toMatchObject({ applied: null, note: expect.stringContaining("전국 공통") });
  },
);
