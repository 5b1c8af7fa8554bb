import type { z } from "zod";
import { log } from "./log.ts";

/** Where rows are from: a table, or another store. */
interface From {
  store: string;
}

/** Members that name a row, and hold nothing personal. */
const naming = [
  "id",
  "job_id",
  "kind",
  "value",
  "code",
  "name",
  "key",
  "cursor",
  "last_cursor",
  "slot",
  "user_hash",
] as const;
/** The longest name of a row in the log, in characters. */
const longest = 100;

/** How many rows could not be read, by store, since they were taken. */
let unread = new Map<string, number>();

/** Takes the counts of rows that could not be read, for the metrics. */
export function takeUnreadRows(): ReadonlyMap<string, number> {
  const taken = unread;
  unread = new Map();
  return taken;
}

/**
 * Reports a row that cannot be read: a line of the log that names it, a metric, and with it an alert.
 * @param row names it, and says nothing of what it holds.
 */
export function reportUnreadRow({ store }: From, row: string, error: z.ZodError | string): void {
  unread.set(store, (unread.get(store) ?? 0) + 1);
  const reason =
    typeof error === "string"
      ? error
      : error.issues.map(({ path, code }) => `${path.join(".")}: ${code}`).join("; ");
  log("error", "row.unreadable", { store, row: row.slice(0, longest), reason });
}

/**
 * Parses the rows of a list. A row that does not parse loses only itself: it is left out and reported. What must
 * not miss a row, such as an erasure, parses the whole list itself.
 */
export const parseRows = <Schema extends z.ZodType>(
  schema: Schema,
  rows: readonly unknown[] | undefined,
  from: From,
): z.output<Schema>[] =>
  (rows ?? []).flatMap((row, index) => {
    const { success, data, error } = schema.safeParse(row);
    if (success) return [data];
    reportUnreadRow(from, nameOf(row, index), error);
    return [];
  });

/**
 * Parses a page of a list that was asked for one row more than the page has.
 * @param position the members that a cursor is made of.
 * @returns the rows that parse, and the position of the page's last row; null after the last page.
 */
export function parsePage<Schema extends z.ZodType, Position extends z.ZodType>(
  schema: Schema,
  position: Position,
  { rows, limit, store }: From & { rows: readonly unknown[]; limit: number },
): { items: z.output<Schema>[]; last: z.output<Position> | null } {
  const items = parseRows(schema, rows.slice(0, limit), { store });
  return { items, last: rows.length > limit ? position.parse(rows[limit - 1]) : null };
}

function nameOf(row: unknown, index: number): string {
  if (typeof row !== "object" || row === null) return `#${index}`;
  const names = naming.flatMap((name) => {
    const value: unknown = Reflect.get(row, name);
    return typeof value === "string" || typeof value === "number" ? [`${name}=${value}`] : [];
  });
  return names.join(" ") || `#${index}`;
}
