import { GrantMessage, MatchMessage } from "../../src/pipeline/messages.ts";
import { log } from "../../src/platform/log.ts";
import { parseRows } from "../../src/platform/parse-rows.ts";
import type { AccountCharacters } from "./account-characters.ts";
import type { AccountWordsRewards } from "./account-words-rewards.ts";

/** How long a reward is pending before its message is sent again, and how often, ms. */
const resendEveryMs = 60 * 60 * 1000;

/** The rewards of completed scans whose characters are matched later. */
export function accountRewards(
  sql: SqlStorage,
  queue: Queue<MatchMessage>,
  characters: AccountCharacters,
  wordsOnlyRewards: AccountWordsRewards,
) {
  let resentAt = 0;

  /** The messages of the rewards that have been pending since a time, Unix ms. */
  function pendingSince(userId: string, time: number): MatchMessage[] {
    const query = `SELECT id AS jobId, middle AS middleCategory, ended_at AS endedAt FROM scans
      WHERE match_of = ended_at AND matched IS NULL AND ended_at <= ? AND middle IS NOT NULL`;
    const rows = sql.exec(query, time).toArray();
    return parseRows(
      MatchMessage,
      rows.map((row) => Object.assign(row, { userId })),
      { store: "scans" },
    );
  }

  return {
    await(jobId: string, endedAt: number, wordsOnly: boolean): boolean {
      const query = `UPDATE scans SET matched = iif(match_of = ?2, matched, NULL), match_of = ?2
        WHERE id = ?1 AND ended_at = ?2`;
      const isAwaited = sql.exec(query, jobId, endedAt).rowsWritten > 0;
      if (isAwaited && wordsOnly) wordsOnlyRewards.defer(jobId);
      return isAwaited;
    },

    /** Sends the messages of pending rewards again: a queue may have lost one, whose scan is purged by then. */
    async resendPending(userId: string): Promise<void> {
      const before = Date.now() - resendEveryMs;
      if (resentAt > before) return;
      resentAt = Date.now();
      for (const match of pendingSince(userId, before)) {
        try {
          await queue.send(match);
        } catch (error) {
          log("warn", "account.match_not_sent", { job: match.jobId, error: String(error) });
        }
      }
    },

    settle(jobId: string, endedAt: number, matched: GrantMessage | null): GrantMessage | null {
      const query =
        "SELECT matched FROM scans WHERE id = ? AND ended_at = ? AND match_of = ended_at";
      const [scan] = sql.exec<{ matched: string | null }>(query, jobId, endedAt).toArray();
      if (!scan) return null;
      if (scan.matched !== null) return GrantMessage.nullable().parse(JSON.parse(scan.matched));
      const grant =
        matched && wordsOnlyRewards.allowDeferred(jobId, matched.character.code) ? matched : null;
      const granted = grant && characters.grant(grant) ? grant : null;
      const settled = `UPDATE scans SET matched = ?,
          reward_code = coalesce(?, reward_code), reward_name = coalesce(?, reward_name)
        WHERE id = ?`;
      const { code, name } = grant?.character ?? { code: null, name: null };
      sql.exec(settled, JSON.stringify(granted), code, name, jobId);
      return granted;
    },
  };
}
