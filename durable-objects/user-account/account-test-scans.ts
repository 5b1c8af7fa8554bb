import { z } from "zod";
import type { ScanTimes } from "./account-scans.ts";

/** How long a test scan may hold data, ms: it is never parked, and purged an hour after its end. */
const heldMs = 2 * 24 * 60 * 60 * 1000;

const TestRow = z.object({
  /** When it was admitted, Unix ms. */
  at: z.int(),
  /** Its object is erased. */
  released: z.boolean(),
});
const prefix = "test:";

const isLive = ({ at, released }: z.infer<typeof TestRow>) => !released && Date.now() - at < heldMs;

export type AccountTests = ReturnType<typeof accountTestScans>;

/**
 * Operators' test scans with the content of a user: an erasure has to find them, and their events. They count for no
 * quota, and are no part of the history.
 */
export function accountTestScans({ kv }: DurableObjectStorage) {
  const rows = () =>
    Array.from(kv.list({ prefix }), ([key, value]) => {
      const row = TestRow.safeParse(value).data ?? { at: Date.now(), released: false };
      return { id: key.slice(prefix.length), ...row };
    });

  return {
    add: (id: string, at: number) => kv.put(prefix + id, { at, released: false }),
    /** Those whose objects may still hold data. */
    live: (): string[] => rows().flatMap((row) => (isLive(row) ? [row.id] : [])),
    isEmpty: (): boolean => rows().length === 0,
    /** The objects of these jobs hold nothing any more. */
    release(jobIds: readonly string[]) {
      for (const { id, at } of rows()) {
        if (jobIds.includes(id)) kv.put(prefix + id, { at, released: true });
      }
    },
    ranges: (): ScanTimes[] => rows().map(({ at }) => ({ from: at, to: at + heldMs })),
    /** Whether an erasure leaves a key: that of a test scan that came behind the erasure of the jobs. */
    keeps(key: string): boolean {
      const row = key.startsWith(prefix) ? TestRow.safeParse(kv.get(key)).data : undefined;
      return row !== undefined && isLive(row);
    },
  };
}
