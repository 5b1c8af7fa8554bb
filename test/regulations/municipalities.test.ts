import { describe, expect, it } from "vitest";
import { Municipality } from "../../src/pipeline/municipality.ts";
import { Regulation } from "../../src/pipeline/regulation.ts";
import { municipalityNamed, type RegulationBook, ruleIn } from "../../src/regulations/book.ts";
import { documents, municipalities } from "../setup.ts";

const regulations = documents.map((document) => Regulation.parse(document));
const local = municipalities.map((it) => Municipality.parse(it));
const book: RegulationBook = {
  version: "v1",
  documents: new Map(regulations.map((it) => [it.key, it])),
  municipalities: local,
};
const pet = {
  major_category: "재활용폐기물",
  middle_category: "무색페트병",
  minor_category: "생수병",
} as const;

describe.each(local)("$region", (municipality) => {
  it("has a source and an effective date in the past", () => {
    const { title, effective_date } = municipality.source;
    expect(title).not.toBe("");
    expect(Date.parse(effective_date)).toBeLessThan(Date.now());
  });

  it("has rules for clear PET, food waste and bulky waste", () => {
    const keys = municipality.overlays.flatMap((it) => it.keys);
    expect(keys).toEqual(
      expect.arrayContaining(["재활용폐기물_무색페트병", "음식물류폐기물", "대형폐기물"]),
    );
  });

  it("adds to the national steps of a clear PET bottle, and names its region", () => {
    const national = ruleIn(book, pet, null).rule;
    const { rule, region } = ruleIn(book, pet, municipality.region);
    expect(rule?.steps.slice(0, national?.steps.length)).toEqual(national?.steps);
    expect(rule?.steps.length).toBeGreaterThan(national?.steps.length ?? 0);
    expect(rule?.local?.region).toBe(municipality.region);
    expect(region).toEqual({
      asked: municipality.region,
      applied: municipality.region,
      note: null,
    });
  });
});

it("finds a municipality by its aliases, whatever the spaces", () => {
  expect(local.length).toBeGreaterThanOrEqual(6);
  for (const name of ["강남구", "서울 강남구", "서울특별시강남구", " 서울특별시  강남구 "]) {
    expect(municipalityNamed(local, name)?.region).toBe("서울특별시 강남구");
  }
  expect(municipalityNamed(local, "제주시")?.region).toBe("제주특별자치도");
  expect(municipalityNamed(local, "화성시 달동네")).toBeNull();
});

it("applies the national rules with a note when the region is unknown", () => {
  const { rule, region } = ruleIn(book, pet, "화성시 달동네");
  expect(rule).toEqual(ruleIn(book, pet, null).rule);
  expect(region).toMatchObject({ applied: null, note: expect.stringContaining("전국 공통") });
});
