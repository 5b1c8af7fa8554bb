import { z } from "zod";
import { parsePage } from "./parse-rows.ts";
import { allOf, type Fragment, fragment, raw, sql } from "./sql.ts";

/** The members of a query that asks for a page of a table. Clients must treat a cursor as opaque. */
export const tablePage = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z
    .string()
    .max(600)
    .regex(/^\d{1,15},.+$/, { error: "is not a cursor of this list" })
    .optional()
    .meta({ description: "The `next_cursor` of the page before." }),
};

interface Asked {
  /** The table, and the expressions that its rows are ordered by: a time in Unix ms, and what names a row. */
  of: { table: string; at: string; id: string };
  where: readonly Fragment[];
  limit: number;
  cursor?: string | undefined;
}

const Position = z.object({ page_at: z.number(), page_id: z.string() });

/** A page of a table, the newest first, with the cursor of the next page; null after the last. */
export async function readTablePage<Row extends z.ZodType>(
  db: D1Database,
  row: Row,
  { of: { table, at, id }, where, limit, cursor }: Asked,
) {
  const [atText, ...idTexts] = cursor?.split(",") ?? [];
  const order = raw(`(${at}, ${id})`);
  const before = fragment`${order} < (${Number(atText)}, ${idTexts.join(",")})`;
  const { results: rows } = await sql(db)`
    SELECT *, ${raw(`${at} AS page_at, ${id} AS page_id`)} FROM ${raw(table)}
    WHERE ${allOf(cursor === undefined ? where : [...where, before])}
    ORDER BY ${raw(`${at} DESC, ${id} DESC`)} LIMIT ${limit + 1}`.all();
  const { items, last } = parsePage(row, Position, { rows, limit, store: table });
  return { items, next_cursor: last && `${last.page_at},${last.page_id}` };
}
