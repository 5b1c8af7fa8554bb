import { z } from "zod";
import { parseRows } from "../platform/parse-rows.ts";
import { sql } from "../platform/sql.ts";
import { Character } from "./character.ts";

/** The catalog at one moment. The version counts its changes. */
export interface Catalog {
  version: number;
  characters: Character[];
}

const Version = z.object({ version: z.int() });
const Row = z.object(Character.shape);

/** The characters that can be read. Who edits the catalog must have all of them. */
export const readableCharacters = (rows: readonly unknown[]): Character[] =>
  parseRows(Row, rows, { store: "characters" });

/** Reads the whole catalog. One statement, so that the version belongs to the characters. */
export async function readCatalog(
  db: D1Database,
  parse: (rows: readonly unknown[]) => Character[] = (rows) => z.array(Row).parse(rows),
): Promise<Catalog> {
  const { results } = await sql(db)`
    SELECT (SELECT version FROM catalog_version) AS version, code, name, type, dialog,
      match_label AS match FROM characters ORDER BY rowid`.all();
  return {
    version: results[0] ? Version.parse(results[0]).version : 0,
    characters: parse(results),
  };
}

export async function readVersion(db: D1Database): Promise<number> {
  const { results } = await db.prepare("SELECT version FROM catalog_version").all();
  return Version.parse(results[0]).version;
}
