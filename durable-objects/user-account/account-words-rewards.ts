import { z } from "zod";
import { seoulDayStart } from "../../src/pipeline/admission.ts";
import { parseRows } from "../../src/platform/parse-rows.ts";
import type { AccountCharacters } from "./account-characters.ts";

/** The scan that gives a day's new character for words alone, and that character. */
const Given = z.object({
  /** When the day began in Seoul, Unix ms. */
  day: z.int(),
  jobId: z.string(),
  code: z.string(),
});
export type Given = z.infer<typeof Given>;

/** Before a day. Earlier versions had the last day alone, without it. */
const prefix = "words-reward";
const dayKey = (day: number) => `${prefix}:${day}`;
const pendingPrefix = "words-pending:";
const refusedKey = (jobId: string) => `words-refused:${jobId}`;
const pendingKey = (jobId: string) => pendingPrefix + jobId;

export type AccountWordsRewards = ReturnType<typeof accountWordsRewards>;

/** The limit of characters from words alone: one new one a user and day. There are as many days as characters at most. */
export function accountWordsRewards({ kv }: DurableObjectStorage, characters: AccountCharacters) {
  const days = (): Given[] => {
    const rows = Array.from(kv.list({ prefix }), ([, value]) => value);
    return parseRows(Given, rows, { store: "user account" });
  };

  return {
    days,

    /** The scans whose reward is matched later. */
    pending: (): string[] =>
      Array.from(kv.list({ prefix: pendingPrefix }), ([name]) => name.slice(pendingPrefix.length)),

    /** The first scan of the day takes it; the reply to the same scan and character is the same. */
    allow(jobId: string, code: string): boolean {
      return characters.has(code) || this.take({ day: seoulDayStart(Date.now()), jobId, code });
    },

    /** Takes a day. @returns whether it is this scan's, with this character. */
    take({ day, jobId, code }: Given): boolean {
      const given = days().find((it) => it.day === day);
      if (given) return given.jobId === jobId && given.code === code;
      kv.put(dayKey(day), { day, jobId, code } satisfies Given);
      return true;
    },

    /**
     * Takes over the days and pending scans of a guest. Of the characters of one day the first that is taken over stays.
     * @returns whether a scan's character is one of those beyond it. Such a scan is refused its character from now on.
     */
    adopt(guest: readonly Given[], pending: readonly string[]) {
      const overLimit = guest.filter((given) => !characters.has(given.code) && !this.take(given));
      for (const { jobId } of overLimit) kv.put(refusedKey(jobId), true);
      for (const jobId of pending) this.defer(jobId);
      return (jobId: string, code: string): boolean =>
        overLimit.some((it) => it.jobId === jobId && it.code === code);
    },

    isRefused: (jobId: string): boolean => kv.get<boolean>(refusedKey(jobId)) === true,

    /** A scan that ended without a character gives the day back. */
    release(jobId: string) {
      for (const [name, value] of Array.from(kv.list({ prefix }))) {
        if (Given.safeParse(value).data?.jobId === jobId) kv.delete(name);
      }
    },

    /** The reward of this scan is matched later, and is limited then. */
    defer: (jobId: string) => kv.put(pendingKey(jobId), true),

    /** Whether a scan that is matched now may give a character. */
    allowDeferred(jobId: string, code: string): boolean {
      if (!kv.get<boolean>(pendingKey(jobId))) return true;
      kv.delete(pendingKey(jobId));
      return this.allow(jobId, code);
    },
  };
}
