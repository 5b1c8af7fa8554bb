import { seoulDayStart } from "../../src/pipeline/admission.ts";
import type { AccountCharacters } from "./account-characters.ts";

/** The scan that gives a day's new character for words alone, and that character. */
interface Given {
  /** When the day began in Seoul, Unix ms. */
  day: number;
  jobId: string;
  code: string;
}
const key = "words-reward";
const pendingKey = (jobId: string) => `words-pending:${jobId}`;

export type AccountWordsRewards = ReturnType<typeof accountWordsRewards>;

/** The limit of characters from words alone: one new one a user and day. */
export function accountWordsRewards({ kv }: DurableObjectStorage, characters: AccountCharacters) {
  return {
    /** The first scan of the day takes it; the reply to the same scan and character is the same. */
    allow(jobId: string, code: string): boolean {
      if (characters.has(code)) return true;
      const day = seoulDayStart(Date.now());
      const given = kv.get<Given>(key);
      if (given?.day === day) return given.jobId === jobId && given.code === code;
      kv.put<Given>(key, { day, jobId, code });
      return true;
    },

    /** A scan that ended without a character gives the day back. */
    release(jobId: string) {
      if (kv.get<Given>(key)?.jobId === jobId) kv.delete(key);
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
