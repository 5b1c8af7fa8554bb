import { describe, expect, it } from "vitest";
import { type ModelRow, models, parseCatalog, providers } from "../../src/models/catalog.ts";
import table from "../../src/models/catalog.json" with { type: "json" };
import { daysLeft, retiringModels, whyReplaced } from "../../src/models/retirement.ts";

/** The names that clients of the predecessor send. */
const predecessorNames = [
  "gpt-5.2 gpt-5.2-pro gpt-5.1 gpt-5 gpt-5-pro gpt-5-mini",
  "gemini-3-pro-preview gemini-3-flash-preview gemini-2.5-pro gemini-2.5-flash",
  "gemini-2.5-flash-lite gemini-2.0-flash gemini-2.0-flash-lite",
].flatMap((names) => names.split(" "));
const rowOf = (name: string): ModelRow => {
  const row = models.find((it) => it.name === name);
  if (!row) throw new Error(`${name} has no row`);
  return row;
};
const day = (date: string) => Date.parse(date);

describe("the catalog", () => {
  it.each(predecessorNames)("has %s", (name) => {
    expect(rowOf(name).name).toBe(name);
  });

  it.each(models)("prices $name with a date and a source", (row) => {
    expect(row.priced).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(row.provider === "offline" ? null : row.source).toEqual(
      providers.find(({ name }) => name === row.provider)?.source ?? null,
    );
    expect(row.input_usd).toBeLessThanOrEqual(row.output_usd);
  });

  it.each(models.filter((row) => row.retires_on || row.unsupported))(
    "answers $name by a successor of its provider that stays",
    ({ successor, provider }) => {
      const next = rowOf(successor ?? "");
      expect(next).toMatchObject({ provider, retires_on: null, unsupported: null });
    },
  );

  it.each(models.filter(({ provider }) => provider !== "offline"))(
    "lets $name take JPEG and PNG photos",
    ({ photo_types }) => {
      expect(photo_types).toEqual(expect.arrayContaining(["image/jpeg", "image/png"]));
    },
  );
});

describe("parseCatalog", () => {
  const first = table.models[0];
  const withRow = (row: object) => ({ ...table, models: [...table.models, { ...first, ...row }] });

  it.each<[string, object, string]>([
    ["a second row of a name", {}, "has two rows"],
    ["an unknown provider", { name: "m", provider: "nobody" }, "names the provider nobody"],
    ["a retirement without successor", { name: "m", retires_on: "2027-01-01" }, "has no successor"],
    ["an unknown successor", { name: "m", successor: "nobody" }, "has the successor nobody"],
    ["a successor that retires", { name: "m", successor: "gpt-5.1" }, "has the successor gpt-5.1"],
    ["itself as successor", { name: "m", retires_on: "2027-01-01", successor: "m" }, "successor m"],
    ["a successor elsewhere", { name: "m", successor: "gemini-3.8-flash" }, "has the successor"],
    ["an unknown column", { name: "m", colour: "red" }, "colour"],
  ])("throws for %s", (_, row, message) => {
    expect(() => parseCatalog(withRow(row))).toThrow(message);
  });

  it("gives a row its provider's capabilities, but for those that the row names", () => {
    const { models: rows } = parseCatalog(withRow({ name: "m", photo_types: ["image/png"] }));
    expect(rows.at(-1)).toMatchObject({
      photo_types: ["image/png"],
      streams_schema: true,
      photos_inline: false,
    });
  });
});

describe("whyReplaced", () => {
  it.each<[string, string, string | undefined]>([
    ["gpt-5.2", "2030-01-01", undefined],
    ["gemini-2.5-pro", "2026-11-30T23:59:59Z", undefined],
    ["gemini-2.5-pro", "2026-12-01T00:00:00Z", "MODEL_RETIRED"],
    ["gemini-2.0-flash", "2026-11-28", "MODEL_RETIRED"],
    ["gpt-5.2-pro", "2026-11-28", "MODEL_UNSUPPORTED"],
  ])("of %s on %s is %s", (name, date, code) => {
    expect(whyReplaced(rowOf(name), day(date))?.code).toBe(code);
  });

  it("counts the days until a model retires", () => {
    expect(daysLeft(rowOf("gpt-5"), day("2026-12-10"))).toBe(1);
    expect(daysLeft(rowOf("gpt-5.2"), day("2026-12-10"))).toBe(Infinity);
  });
});

describe("retiringModels", () => {
  const settings = { DEFAULT_MODEL: "gpt-5", MODEL_FALLBACK: "gpt-5.1, offline, unknown" };

  it.each<[string, string[]]>([
    ["2026-11-11", []],
    ["2026-11-12", ["DEFAULT_MODEL gpt-5 1"]],
    ["2026-12-31", ["DEFAULT_MODEL gpt-5 50"]],
    ["2027-03-31", ["DEFAULT_MODEL gpt-5 140", "MODEL_FALLBACK gpt-5.1 29"]],
  ])("on %s are %j", (date, expected) => {
    const found = retiringModels(settings, day(date));
    expect(found.map((it) => `${it.setting} ${it.model} ${it.noticeDay}`)).toEqual(expected);
  });
});
