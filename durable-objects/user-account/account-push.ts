import { z } from "zod";
import { parseRows } from "../../src/platform/parse-rows.ts";

/** A browser that is notified when a parked scan has ended. */
const Subscription = z.object({
  /** The hash of the endpoint. */
  id: z.string(),
  endpoint: z.string().refine((url) => URL.canParse(url)),
  /** When it subscribed, Unix ms: it is notified of later ends. */
  since: z.int(),
  /** Of a guest's: the user into whom it was merged has it, and may have removed it since. */
  adopted: z.boolean().optional(),
});
export type Subscription = z.infer<typeof Subscription>;

/** Where a push is sent: the id of a subscription, and the origin of its push service. */
export interface PushTarget {
  id: string;
  service: string;
}

const prefix = "push:";
/** How many browsers a user has at most. The oldest makes room. */
const maxBrowsers = 5;
const endedKey = "push-ended";
/** How many ends are kept for the browsers that ask. */
const maxEnds = 20;
const Ended = z.array(z.string()).catch([]);

export type AccountPush = ReturnType<typeof accountPush>;

/** The push subscriptions of a user's browsers, a key each, and the parked scans whose end they were notified of. */
export function accountPush({ kv, sql }: DurableObjectStorage) {
  const list = () => {
    const rows = Array.from(kv.list({ prefix }), ([key, value]) =>
      Object.assign({ id: key.slice(prefix.length) }, value),
    );
    return parseRows(Subscription, rows, { store: "user account" }).toSorted(
      (one, other) => one.since - other.since,
    );
  };

  return {
    list,

    /** Adds a browser. One that is known keeps its time. */
    add({ id, endpoint, since }: Subscription) {
      if (kv.get(prefix + id) !== undefined) return;
      kv.put(prefix + id, { endpoint, since });
      for (const { id: oldest } of list().slice(0, -maxBrowsers)) kv.delete(prefix + oldest);
    },

    remove: (id: string) => kv.delete(prefix + id),

    /** A user has these of a guest's from now on. */
    markAdopted(browsers: readonly Subscription[]) {
      for (const { id, ...browser } of browsers) {
        // It may have been removed, or erased, meanwhile.
        if (kv.get(prefix + id)) kv.put(prefix + id, { ...browser, adopted: true });
      }
    },

    endpoint: (id: string): string | null => list().find((it) => it.id === id)?.endpoint ?? null,

    /** Keeps the end of a scan that was parked. @returns who is notified of it. */
    end(jobId: string, endedAt: number): PushTarget[] {
      const notified = list().filter(({ since }) => since <= endedAt);
      if (notified.length === 0) return [];
      const earlier = Ended.parse(kv.get(endedKey)).filter((id) => id !== jobId);
      kv.put(endedKey, [...earlier, jobId].slice(-maxEnds));
      return notified.map(({ id, endpoint }) => ({ id, service: new URL(endpoint).origin }));
    },

    /** The ids of those ended scans, the newest last. */
    endedIds: (): string[] => Ended.parse(kv.get(endedKey)),

    /** Adds the ends that a guest's browsers were notified of. */
    adoptEnded(jobIds: readonly string[]) {
      const known = Ended.parse(kv.get(endedKey)).filter((id) => !jobIds.includes(id));
      kv.put(endedKey, [...known, ...jobIds].slice(-maxEnds));
    },

    /** The ended scans that browsers were notified of, the newest end first, as rows of the history. */
    ended: () =>
      sql
        .exec(
          `SELECT id AS job_id, ended_at, status, major, middle, minor, error_code FROM scans
          WHERE id IN (SELECT value FROM json_each(?)) AND ended_at IS NOT NULL AND status IS NOT NULL
          ORDER BY ended_at DESC`,
          JSON.stringify(Ended.parse(kv.get(endedKey))),
        )
        .toArray(),
  };
}
