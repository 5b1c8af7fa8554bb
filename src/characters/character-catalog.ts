import { z } from "zod";
import { sql } from "../platform/sql.ts";
import { Character } from "./character.ts";

/** The catalog at one moment. The version counts its changes. */
export interface Catalog {
  version: number;
  characters: Character[];
}

const Version = z.object({ version: z.int() });
const Row = z.object(Character.shape);

/** Reads the whole catalog. One statement, so that the version belongs to the characters. */
export async function readCatalog(db: D1Database): Promise<Catalog> {
  const { results } = await sql(db)`
    SELECT (SELECT version FROM catalog_version) AS version, code, name, type, dialog,
      match_label AS match FROM characters ORDER BY rowid`.all();
  return {
    version: results[0] ? Version.parse(results[0]).version : 0,
    characters: z.array(Row).parse(results),
  };
}

export async function readVersion(db: D1Database): Promise<number> {
  const { results } = await db.prepare("SELECT version FROM catalog_version").all();
  return Version.parse(results[0]).version;
}
