import { z } from "zod";
import { callAccount, callJob } from "../../src/objects.ts";
import type { AccountCharacters, Owned } from "./account-characters.ts";
import type { AccountPush, Subscription } from "./account-push.ts";
import type { AccountScans, ScanRow } from "./account-scans.ts";
import type { AccountWordsRewards, Given } from "./account-words-rewards.ts";
import type { GrantMessage } from "../../src/pipeline/messages.ts";
import { forEachAlone } from "../../src/platform/for-each-alone.ts";

/** When an interrupted merge resumes, ms: later, the longer it has been going on. */
const resumeMs = 10_000;
const longestMs = 60 * 60 * 1000;
/** For so long after a merge, an isolate may still accept the guest's session, ms. */
const lateMs = 2 * 60 * 1000;
const pageSize = 500;

/** Who a guest turned out to be, and since when that is known, Unix ms. */
const Merge = z.object({ guestId: z.string(), userId: z.string(), at: z.int() });
type Merge = z.infer<typeof Merge>;
const mergeKey = "merge";

/** What a user takes over from a guest. Times are Unix ms. */
export interface MergedRows {
  guestId: string;
  /** When the merge began. */
  at: number;
  scans: ScanRow[];
  characters: Owned[];
  /** The browsers that are notified of parked scans; absent from an earlier version. */
  browsers?: Subscription[];
  /** The ended scans that they were notified of, the newest last. */
  notified?: string[];
  /** The days that gave a character for words alone, and the scans whose reward is matched later. */
  wordsDays?: Given[];
  wordsPending?: string[];
}

/** Copies what a guest has into the account of the user who has logged in, and gives that user the guest's jobs. */
export function accountMerge(
  storage: DurableObjectStorage,
  env: Env,
  scans: AccountScans,
  characters: AccountCharacters,
  push: AccountPush,
  wordsOnlyRewards: AccountWordsRewards,
) {
  const { kv } = storage;
  const read = (): Merge | null => Merge.safeParse(kv.get(mergeKey)).data ?? null;

  /** @returns false when the user has been erased since the merge began: nothing is copied then. */
  async function copyRows({ guestId, userId, at }: Merge, page: ScanRow[]): Promise<boolean> {
    const browsers = push.list().filter(({ adopted }) => !adopted);
    const rows: MergedRows = {
      guestId,
      at,
      scans: page,
      characters: characters.list(),
      browsers,
      notified: push.endedIds(),
      wordsDays: wordsOnlyRewards.days(),
      wordsPending: wordsOnlyRewards.pending(),
    };
    const isAdopted = await callAccount(env, userId, (account) => account.adopt(rows));
    if (isAdopted) push.markAdopted(browsers);
    return isAdopted;
  }

  async function copy(merge: Merge): Promise<boolean> {
    for (let page = scans.page(null, pageSize); ;) {
      if (!(await copyRows(merge, page))) return false;
      const last = page.at(-1);
      if (!last || page.length < pageSize) return true;
      page = scans.page(last, pageSize);
    }
  }

  /**
   * Every step may be repeated. A scan that ends meanwhile is recorded here as long as its job is the guest's, and
   * the second copy has that end; after it, by the user, who has the scan since the first one.
   */
  async function run(merge: Merge) {
    // A fired alarm is used up, so the next one is set before the run can die.
    const { guestId, userId, at } = merge;
    await storage.setAlarm(Date.now() + Math.min(Math.max(resumeMs, Date.now() - at), longestMs));
    if (!(await copy(merge))) return;
    await forEachAlone(scans.live(Date.now()), (id) =>
      callJob(env, id, (job) => job.changeOwner(guestId, userId)),
    );
    await copy(merge);
  }

  return {
    /** Merges the guest into a user, or goes on with that. @returns false for a guest who is merged into another. */
    async into(guestId: string, userId: string): Promise<boolean> {
      const known = read();
      if (known && known.userId !== userId) return false;
      const merge = known ?? { guestId, userId, at: Date.now() };
      kv.put(mergeKey, merge);
      await run(merge);
      // Once more, for a scan that the guest's session has begun meanwhile.
      await storage.setAlarm(Date.now() + lateMs);
      return true;
    },

    isBegun: (): boolean => read() !== null,

    /** Settles a pending reward of this guest's for the user who has its scan. */
    async settle(
      jobId: string,
      endedAt: number,
      grant: GrantMessage | null,
    ): Promise<GrantMessage | null> {
      const merge = read();
      const row = scans.row(jobId);
      // The user may not have the row yet.
      if (!merge || !row || !(await copyRows(merge, [row]))) return null;
      const { userId } = merge;
      const own = grant && { ...grant, userId };
      return callAccount(env, userId, (account) => account.settleReward(jobId, endedAt, own));
    },

    /** Goes on with the merge that this guest has begun, if any. */
    async resume(): Promise<void> {
      const merge = read();
      if (merge) await run(merge);
      await storage.deleteAlarm();
    },
  };
}

const guestPrefix = "guest:";

/** The guests who were merged into a user: an erasure of the user erases them, too. */
export function mergedGuests({ kv }: DurableObjectStorage) {
  return {
    add: (guestId: string) => kv.put(guestPrefix + guestId, true),
    list: (): string[] =>
      Array.from(kv.list({ prefix: guestPrefix }), ([key]) => key.slice(guestPrefix.length)),
    remove: (guestId: string) => kv.delete(guestPrefix + guestId),
    isKey: (key: string): boolean => key.startsWith(guestPrefix),
  };
}
