import { type ModelRow, models } from "../../src/models/catalog.ts";

const [first] = models;

/** A row of the catalog, the first one but for `changes`. */
export function buildModelRow(changes: Partial<ModelRow> = {}): ModelRow {
  if (!first) throw new Error("The catalog has a row");
  return { ...first, input_usd: 1, output_usd: 2, ...changes };
}
