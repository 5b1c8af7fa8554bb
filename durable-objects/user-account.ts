import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import { log } from "../src/platform/log.ts";
import { callJob } from "../src/objects.ts";
import {
  type Admission,
  decideAdmission,
  type Lane,
  type Quota,
  seoulDay,
} from "../src/pipeline/admission.ts";
import { isTerminal } from "../src/pipeline/job.ts";
import { GrantMessage } from "../src/pipeline/messages.ts";
import { notFound } from "../src/pipeline/refusals.ts";

/** An ended job is known here for as long as it is kept, and a little longer, ms. */
const forgottenMs = 2 * 60 * 60 * 1000;
const tables = ["jobs", "days", "grants", "heirs"] as const;
/** How often what is to be forgotten is looked for while the object stays awake, ms. */
const forgetsEveryMs = 60 * 60 * 1000;
/** A scan that was admitted so long ago and has no job was never submitted, ms. */
const unsubmittedMs = 60 * 1000;
/** Characters, as SQLite gives them: an array in JSON. */
const Codes = z.array(z.string());

/**
 * What has to be exact about one user while it happens: which scans are theirs, how many they have
 * submitted today, and which characters they were given. D1 holds what outlives it, a batch later.
 */
export class UserAccount extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;
  #forgotAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS jobs (
        id TEXT PRIMARY KEY, lane TEXT NOT NULL, admitted_at INTEGER NOT NULL, ended_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS days (day INTEGER PRIMARY KEY, scans INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS grants (
        code TEXT PRIMARY KEY, job_id TEXT NOT NULL, announced INTEGER NOT NULL DEFAULT 0, left_by TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS heirs (
        code TEXT NOT NULL, job_id TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (code, job_id)
      ) STRICT;`);
  }

  /** Lets a scan in, or says which limit it meets. The same scan again is let in and not counted. */
  async admit(jobId: string, limits: Quota): Promise<Admission & { owned: string[] }> {
    const now = Date.now();
    const admission = this.#admit(jobId, limits, now);
    if (admission.admitted) return admission;
    await this.#findEnded(now);
    // Others may have been let in while jobs were asked.
    return this.#admit(jobId, limits, now);
  }

  /** Gives a character once. Whether its owner had it before this job, which may ask again. */
  async grant(jobId: string, code: string): Promise<{ alreadyOwned: boolean }> {
    const owned = this.#granted(code);
    if (!owned) this.#sql.exec("INSERT INTO grants (code, job_id) VALUES (?, ?)", code, jobId);
    return { alreadyOwned: owned !== null && owned.job_id !== jobId };
  }

  /**
   * A scan has ended, and has announced a character or none. What is to be saved for it: that
   * character when the scan is its giver, and those that it was given but did not announce, where
   * others have announced them as owned already. Asked again, the answer is the same.
   */
  async ended(jobId: string, announced: GrantMessage | null): Promise<GrantMessage[]> {
    this.#end(jobId);
    const owed = this.#leave(jobId, announced?.character.code ?? null);
    return announced && this.#isGiver(announced) ? [...owed, announced] : owed;
  }

  /** The scans that may still be kept somewhere, oldest first. */
  async jobs(): Promise<string[]> {
    const query = "SELECT id FROM jobs ORDER BY admitted_at, id";
    return this.#sql
      .exec<{ id: string }>(query)
      .toArray()
      .map(({ id }) => id);
  }

  /** Forgets scans that were erased. */
  async forget(jobIds: readonly string[]): Promise<void> {
    for (const id of jobIds) this.#sql.exec("DELETE FROM jobs WHERE id = ?", id);
  }

  async isEmpty(): Promise<boolean> {
    const kept = tables.map((table) => `SELECT 1 FROM ${table}`);
    return this.#sql.exec(`${kept.join(" UNION ALL ")} LIMIT 1`).toArray().length === 0;
  }

  /** Forgets the user. */
  async erase(): Promise<void> {
    for (const table of tables) this.#sql.exec(`DELETE FROM ${table}`);
  }

  /**
   * What a scan was given and did not announce goes to the first that did, or is nobody's again. What
   * is to be saved for those that have it now.
   */
  #leave(jobId: string, announced: string | null): GrantMessage[] {
    const left = this.#sql.exec(
      "SELECT 1 FROM grants WHERE left_by = ?1 OR (job_id = ?1 AND code IS NOT ?2)",
      jobId,
      announced,
    );
    if (left.toArray().length === 0) return [];
    this.#sql.exec(
      `UPDATE grants SET job_id = heir.job_id, announced = 1, left_by = ?1
       FROM (SELECT code, job_id, MIN(rowid) FROM heirs GROUP BY code) AS heir
       WHERE grants.code = heir.code AND grants.job_id = ?1 AND grants.code IS NOT ?2`,
      jobId,
      announced,
    );
    this.#sql.exec("DELETE FROM grants WHERE job_id = ? AND code IS NOT ?", jobId, announced);
    return this.#sql
      .exec<{ message: string }>(
        "SELECT message FROM heirs JOIN grants USING (code, job_id) WHERE left_by = ?",
        jobId,
      )
      .toArray()
      .map(({ message }) => GrantMessage.parse(JSON.parse(message)));
  }

  /** Whether a scan gave the character that it announced; while that is open, it is its heir. */
  #isGiver(grant: GrantMessage): boolean {
    const { id: jobId, character } = grant;
    const { code } = character;
    const given = this.#granted(code);
    if (given === null) {
      const giver = "INSERT INTO grants (code, job_id, announced) VALUES (?, ?, 1)";
      this.#sql.exec(giver, code, jobId);
      return true;
    }
    if (given.job_id === jobId) {
      this.#sql.exec("UPDATE grants SET announced = 1 WHERE code = ? AND announced = 0", code);
      return true;
    }
    if (given.announced === 0) {
      const heir = "INSERT INTO heirs VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
      this.#sql.exec(heir, code, jobId, JSON.stringify(grant));
    }
    return false;
  }

  /** Which scan a character was given to, and whether it has announced it; null for neither. */
  #granted(code: string): { job_id: string; announced: number } | null {
    const query = "SELECT job_id, announced FROM grants WHERE code = ?";
    const [granted] = this.#sql.exec<{ job_id: string; announced: number }>(query, code).toArray();
    return granted ?? null;
  }

  #admit(jobId: string, limits: Quota, now: number): Admission & { owned: string[] } {
    const day = seoulDay(now);
    const { lane, today, open, ...known } = this.#sql
      .exec<{ lane: Lane | null; today: number; open: number; owned: string }>(
        `SELECT (SELECT lane FROM jobs WHERE id = ?1) AS lane,
           coalesce((SELECT scans FROM days WHERE day = ?2), 0) AS today,
           (SELECT count(*) FROM jobs WHERE ended_at IS NULL) AS open,
           (SELECT json_group_array(code) FROM grants WHERE announced = 1) AS owned`,
        jobId,
        day,
      )
      .one();
    const owned = Codes.parse(JSON.parse(known.owned));
    if (lane) return { admitted: true, lane, budgets: {}, owned };
    const admission = { ...decideAdmission(limits, { today, open }, now), owned };
    if (!admission.admitted) return admission;
    this.#forgetOld(day, now);
    const job = "INSERT INTO jobs (id, lane, admitted_at) VALUES (?, ?, ?)";
    this.#sql.exec(job, jobId, admission.lane, now);
    const counted = "INSERT INTO days VALUES (?, 1) ON CONFLICT DO UPDATE SET scans = scans + 1";
    this.#sql.exec(counted, day);
    return admission;
  }

  #forgetOld(day: number, now: number) {
    if (now - this.#forgotAt < forgetsEveryMs) return;
    this.#sql.exec("DELETE FROM jobs WHERE ended_at < ?", now - forgottenMs);
    this.#sql.exec("DELETE FROM days WHERE day < ?", day);
    this.#forgotAt = now;
  }

  #open = () =>
    this.#sql
      .exec<{ id: string; admitted_at: number }>(
        "SELECT id, admitted_at FROM jobs WHERE ended_at IS NULL",
      )
      .toArray();

  #end = (jobId: string) =>
    this.#sql.exec(
      "UPDATE jobs SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
      Date.now(),
      jobId,
    );

  /** A user at the limit: scans that ended unheard, were never submitted, or are parked do not count. */
  async #findEnded(now: number) {
    await Promise.all(
      this.#open().map(async ({ id, admitted_at }) => {
        try {
          const state = await callJob(this.env, id, (job) => job.inspect());
          const over =
            state === notFound
              ? now - admitted_at > unsubmittedMs
              : isTerminal(state) || state.status === "parked";
          if (over) this.#end(id);
        } catch (error) {
          log("warn", "account.job_unreachable", { job: id, error: String(error) });
        }
      }),
    );
  }
}
