import { z } from "zod";
import type { HistoryEntry } from "../../src/pipeline/history-entry.ts";
import { parseRows } from "../../src/platform/parse-rows.ts";
import { jsonText, sql } from "../../src/platform/sql.ts";
import type { AccountCharacters } from "./account-characters.ts";
import type { AccountScans } from "./account-scans.ts";

const pageSize = 500;
const text = z.string().nullable();

const EarlierScan = z
  .object({
    job_id: z.string(),
    requested_at: z.int(),
    ended_at: z.int(),
    status: z.enum(["completed", "failed", "cancelled"]),
    model: z.string(),
    region: text,
    major: text,
    middle: text,
    minor: text,
    insufficiencies: jsonText(z.array(z.string())),
    reward_code: text,
    reward_name: text,
    error_code: text,
    photo_key: text,
  })
  .transform(
    ({ job_id, requested_at, ended_at, reward_code, reward_name, ...row }): HistoryEntry => ({
      jobId: job_id,
      requestedAt: requested_at,
      endedAt: ended_at,
      status: row.status,
      model: row.model,
      region: row.region,
      major: row.major,
      middle: row.middle,
      minor: row.minor,
      insufficiencies: row.insufficiencies,
      rewardCode: reward_code,
      rewardName: reward_name,
      errorCode: row.error_code,
      photoKey: row.photo_key,
    }),
  );

const EarlierCharacter = z.object({
  id: z.string(),
  code: z.string(),
  name: z.string(),
  type: z.string(),
  dialog: z.string(),
  acquiredAt: z.int(),
});

/**
 * Moves a user's history from D1, where earlier versions kept it, into the user's object. Interrupted, it starts
 * anew: what was moved is completed, not added. A row that cannot be read is logged and left out.
 */
async function moveEarlierScans(db: D1Database, userId: string, scans: AccountScans) {
  for (let after = ""; ;) {
    const { results } = await sql(db)`SELECT * FROM earlier_scans
      WHERE user_id = ${userId} AND job_id > ${after} ORDER BY job_id LIMIT ${pageSize}`.all();
    for (const scan of parseRows(EarlierScan, results, { store: "earlier_scans" })) {
      scans.restore(scan);
    }
    const last = results.at(-1);
    if (!last || results.length < pageSize) break;
    after = z.string().parse(last["job_id"]);
  }
  await sql(db)`DELETE FROM earlier_scans WHERE user_id = ${userId}`.run();
}

/** Copies a user's characters from D1, where other services read them. */
async function copyEarlierCharacters(
  db: D1Database,
  userId: string,
  characters: AccountCharacters,
) {
  const { results } = await sql(db)`
    SELECT coalesce(own.id, owned.id) AS id, codes.code, coalesce(own.name, catalog.name) AS name,
      coalesce(own.type, catalog.type) AS type, coalesce(own.dialog, catalog.dialog) AS dialog,
      coalesce(own.acquired_at, owned.acquired_at) AS acquiredAt
    FROM (SELECT character_code AS code FROM character_ownerships WHERE user_id = ${userId}
      UNION SELECT code FROM user_characters WHERE user_id = ${userId}) AS codes
    LEFT JOIN user_characters AS own ON own.user_id = ${userId} AND own.code = codes.code
    LEFT JOIN character_ownerships AS owned
      ON owned.user_id = ${userId} AND owned.character_code = codes.code
    LEFT JOIN characters AS catalog ON catalog.code = codes.code`.all();
  for (const character of parseRows(EarlierCharacter, results, { store: "user_characters" })) {
    characters.restore(character);
  }
}

const movedKey = "moved";

/** What earlier versions have stored of a user in D1. */
export function earlierRows(
  kv: SyncKvStorage,
  db: D1Database,
  scans: AccountScans,
  characters: AccountCharacters,
) {
  let moving: Promise<void> | null = null;

  async function moveAll(userId: string) {
    await moveEarlierScans(db, userId, scans);
    await copyEarlierCharacters(db, userId, characters);
    kv.put(movedKey, true);
  }

  return {
    /** Moves them into the user's object, once. @returns whether anything may have changed. */
    async move(userId: string): Promise<boolean> {
      if (kv.get(movedKey)) return false;
      moving ??= moveAll(userId).finally(() => (moving = null));
      await moving;
      return true;
    },
  };
}
