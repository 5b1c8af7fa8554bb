import { existsSync, readFileSync } from "node:fs";
import { filesIn } from "./document-names.ts";

/** A row of a table in a document. */
export interface OriginRow {
  /** The headings of the table's columns. */
  columns: readonly string[];
  cells: readonly string[];
}

const cellsOf = (line: string) =>
  line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());

/** The rows of all tables, without their headings. */
export function rowsOf(text: string): OriginRow[] {
  const rows: OriginRow[] = [];
  let columns: readonly string[] | null = null;
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) columns = null;
    else if (!columns) columns = cellsOf(line);
    else if (!/^\|[\s|:-]+$/.test(line)) rows.push({ columns, cells: cellsOf(line) });
  }
  return rows;
}

const testCell = /^`(test\/[\w./-]+\.test\.ts)`: (.+)$/;
const escaped = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** Whether a test file has a test of that title, which is not turned off. */
function hasTest(file: string, title: string): boolean {
  if (!existsSync(file)) return false;
  const source = readFileSync(file, "utf8");
  const call = new RegExp(String.raw`(?:\b(?:it|test)|\))\(\s*(["'\`])${escaped(title)}\1`);
  return call.test(source) && !/\.(?:skip|todo|only|fails)\b/.test(source);
}

/** What is wrong with a row: of where its part is here, and of the tests that show it. */
export function faultsOf({ columns, cells }: OriginRow): string[] {
  const [part = ""] = cells;
  const text = cells.join(" | ");
  const faults = [
    ...(cells.length === columns.length && cells.every(Boolean) ? [] : ["has an empty cell"]),
    ...(/missing|todo|tbd/i.test(text) ? ["is not done"] : []),
  ];
  const tests = columns.includes("test") ? (cells.at(-1)?.split("<br>") ?? []) : [];
  for (const cell of tests) {
    const [, file = "", title = ""] = testCell.exec(cell) ?? [];
    if (!hasTest(file, title)) faults.push(`has no such test: ${cell}`);
  }
  const named = filesIn(columns.includes("test") ? cells.slice(0, -1).join(" ") : text);
  if (named.length === 0) faults.push("names no file");
  for (const file of named) if (!existsSync(file)) faults.push(`has no such file: ${file}`);
  return faults.map((fault) => `${part}: ${fault}`);
}
