import { z } from "zod";
import { count, around, onCall } from "./tally.ts";

const size = (value: unknown) => {
  if (value instanceof Map) return value.size;
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 1;
};

const Cursor = z.object({ rowsWritten: z.number(), rowsRead: z.number() });

/** Objects that wait for an alarm, by class and id. */
export const alarmed = new Set<string>();

/**
 * Counts what an object of a class stores: rows of SQLite as its cursors report them, a row a key
 * of the key-value calls, and alarms. `deleteAll` is not counted: Cloudflare does not document what it is.
 */
export function watchStorage(of: string, { id, storage }: DurableObjectState): void {
  around(storage.sql, "exec", (call) => {
    const cursor = call();
    // Objects read their cursors to the end in the turn that makes them.
    queueMicrotask(() => {
      const { rowsWritten, rowsRead } = Cursor.parse(cursor);
      count("objectRowsWritten", of, rowsWritten);
      count("objectRowsRead", of, rowsRead);
    });
    return cursor;
  });
  for (const store of [storage, storage.kv]) {
    onCall(store, "get", ([keys]) => count("objectRowsRead", of, size(keys)));
    onCall(store, "put", ([entries]) => count("objectRowsWritten", of, size(entries)));
    onCall(store, "delete", ([keys]) => count("objectRowsWritten", of, size(keys)));
  }
  onCall(storage, "setAlarm", () => {
    count("objectAlarms", of);
    alarmed.add(`${of} ${id.toString()}`);
  });
  onCall(storage, "deleteAll", () => alarmed.delete(`${of} ${id.toString()}`));
}
