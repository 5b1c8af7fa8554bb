import { describe, expect, it } from "vitest";
import { publicationOf } from "../../regulations/publication.ts";
import { staleSources } from "../../regulations/stale-sources.ts";
import { Rule } from "../../src/pipeline/item-rule.ts";
import { Municipality } from "../../src/pipeline/municipality.ts";
import { Regulation } from "../../src/pipeline/regulation.ts";
import { LocalSource, Source } from "../../src/pipeline/source.ts";
import { stageOutputs } from "../support/job-builders.ts";
import { documents, municipalities } from "../setup.ts";

const regulations = documents.map((document) => Regulation.parse(document));
const local = municipalities.map((it) => Municipality.parse(it));
const fields = ["url", "number", "effective_date", "checked_on"] as const;

describe("publicationOf", () => {
  const [document, ...otherDocuments] = regulations;
  const [municipality, ...otherMunicipalities] = local;
  if (!document || !municipality) throw new Error("There are documents and municipalities");

  it.each(fields)(
    "refuses a document and a municipality whose source lacks its %s",
    async (field) => {
      const { [field]: _, ...lacking } = document.source;
      const { [field]: __, ...locallyLacking } = municipality.source;
      const withoutField = { ...document, source: lacking };
      await expect(publicationOf([withoutField, ...otherDocuments], local)).rejects.toThrow(field);
      const regions = [{ ...municipality, source: locallyLacking }, ...otherMunicipalities];
      await expect(publicationOf(regulations, regions)).rejects.toThrow(field);
    },
  );

  it("refuses an address that is no https address, and a date that is none", () => {
    for (const wrong of [
      { url: "http://a.kr/" },
      { url: "https://www.law.go.kr/법령" },
      { checked_on: "작년" },
    ]) {
      expect(Source.safeParse({ ...document.source, ...wrong }).success).toBe(false);
      expect(LocalSource.safeParse({ ...municipality.source, ...wrong }).success).toBe(false);
    }
  });
});

describe("a source that was stored before sources had an address", () => {
  const old = { title: "지침", publisher: "환경부", effective_date: "2020-12-25" };
  const filled = { ...old, url: null, number: null, checked_on: null };

  it("is read in a document, a municipality and the checkpoint of a running job", () => {
    expect(Regulation.parse({ ...regulations[0], source: old }).source).toEqual(filled);
    expect(Municipality.parse({ ...local[0], source: old }).source).toEqual(filled);
    expect(Rule.parse({ ...stageOutputs.rule.rule, source: old }).source).toEqual(filled);
  });
});

describe("staleSources", () => {
  const [document] = regulations;
  const [municipality] = local;
  if (!document || !municipality) throw new Error("There are documents and municipalities");
  const checked = (checked_on: string | null) => ({
    documents: new Map([
      [document.key, { ...document, source: { ...document.source, checked_on } }],
    ]),
    municipalities: [],
  });

  it("lists what was last checked over a year before the day", () => {
    const on = (day: string) => staleSources(checked("2025-11-29"), day).map(({ of }) => of);
    expect(on("2026-11-29")).toEqual([]);
    expect(on("2026-11-30")).toEqual([document.key]);
  });

  it("lists what was never checked first, and the source of a row as well", () => {
    const source = { ...municipality.source, checked_on: null };
    const row = { ...municipality.overlays[0], source: { ...source, checked_on: "2020-01-01" } };
    const regions = [Municipality.parse({ ...municipality, source, overlays: [row] })];
    const book = { ...checked("2021-01-01"), municipalities: regions };
    expect(staleSources(book, "2026-11-29").map(({ checked_on }) => checked_on)).toEqual([
      null,
      "2020-01-01",
      "2021-01-01",
    ]);
  });

  it("lists no document of the repository within a year of its check", () => {
    const book = {
      documents: new Map(regulations.map((it) => [it.key, it])),
      municipalities: [],
    };
    expect(staleSources(book, "2026-11-29")).toEqual([]);
  });
});
