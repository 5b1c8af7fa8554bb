import { expect, it } from "vitest";
import { csvHeader, csvLine } from "../../scripts/export/event-csv.ts";

const event = {
  subject: "7e9708bd-b804-44fa-87da-223c20f30e0d",
  type: "scan.rewarded",
  time: "2026-11-22T11:34:27.923Z",
  cursor: "12",
  sequence: "0000000004",
};
const rowOf = (data: Record<string, unknown>) => {
  const line = csvLine({ ...event, data });
  expect(line.startsWith("12,2026-11-22T11:34:27.923Z,scan.rewarded,7e9708bd")).toBe(true);
  return line;
};

it("quotes what has a comma, a quote or a line break, and lets no text be a formula", () => {
  expect(rowOf({ region: "=서울특별시, 강남구" })).toContain(`,"'=서울특별시, 강남구",`);
  expect(rowOf({ model: 'a "b"' })).toContain(',"a ""b""",');
});

it("has columns for what a stage has found, and whether a character was granted", () => {
  const columns = csvHeader.split(",");
  for (const name of ["confidence", "regulation_key", "reward_granted", "reason"]) {
    expect(columns.indexOf(name)).toBeGreaterThan(columns.indexOf("data"));
  }
  const data = { reward_granted: false, reason: "no_character" };
  expect(rowOf(data)).toMatch(/,false,no_character$/);
});
