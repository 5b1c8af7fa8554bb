import type { z } from "zod";
import { auditStatement } from "../ops-audit.ts";
import { guardedBatch } from "../platform/guarded-batch.ts";
import { type Character, Characters } from "./character.ts";
import { type Catalog, readCatalog } from "./character-catalog.ts";
import { appendChange } from "../events/append-change.ts";
import type { Change } from "../events/contract/change-data.ts";
import { sql } from "../platform/sql.ts";

/** How often a change is tried again after a concurrent one. */
const tries = 10;

/** An edit of the catalog, and its audit entry. */
export interface CatalogChange {
  by: string;
  action: "catalog.upsert" | "catalog.delete" | "catalog.refresh";
  target: string;
  detail: object;
  edit: (characters: readonly Character[]) => Character[];
}

/** The change as an event of the log. */
function eventOf(
  { action, target: code }: Pick<CatalogChange, "action" | "target">,
  version: number,
  characters: Character[],
): Change {
  const character = characters.find((it) => it.code === code);
  if (action === "catalog.delete") return { type: "catalog.delete", data: { version, code } };
  return action === "catalog.upsert" && character
    ? { type: "catalog.upsert", data: { version, character } }
    : { type: "catalog.full_refresh", data: { version, characters } };
}

/**
 * Changes the catalog as a whole, with its version, an event of the log and an audit row, or not at all. The error
 * says what is invalid about the edited catalog. After a concurrent change the edit is applied again, to
 * the catalog that the change left.
 */
export async function changeCatalog(
  db: D1Database,
  { edit, ...entry }: CatalogChange,
): Promise<Catalog | { error: z.ZodError }> {
  for (let tried = 1; ; tried++) {
    const before = await readCatalog(db);
    const edited = Characters.safeParse(edit(before.characters));
    if (!edited.success) return { error: edited.error };
    const version = before.version + 1;
    const changed = await guardedBatch(db, "catalog_version.version", [
      // A version that is not the one that was read has no next, and NULL takes the batch back.
      sql(db)`UPDATE catalog_version
        SET version = CASE version WHEN ${before.version} THEN ${version} END`,
      sql(db)`DELETE FROM characters`,
      sql(db)`INSERT INTO characters (code, name, type, dialog, match_label)
        SELECT value ->> 'code', value ->> 'name', value ->> 'type', value ->> 'dialog',
          value ->> 'match' FROM json_each(${JSON.stringify(edited.data)}) ORDER BY key`,
      appendChange(db, eventOf(entry, version, edited.data), Date.now()),
      auditStatement(db, entry),
    ]);
    if (changed) return { version, characters: edited.data };
    if (tried === tries) throw new Error("Other changes of the catalog were always faster");
  }
}
