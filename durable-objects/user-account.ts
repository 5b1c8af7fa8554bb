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

/** How long an ended job stays here: longer than its object keeps it, ms. */
const retentionMs = 2 * 60 * 60 * 1000;
const tables = ["jobs", "days", "grants", "pending_grants"] as const;
/** How often an awake object deletes expired rows, ms. */
const expireEveryMs = 60 * 60 * 1000;
/** A scan that was admitted longer ago and has no job was never submitted, ms. */
const unsubmittedMs = 60 * 1000;
/** Codes of characters, as SQLite returns them: an array in JSON. */
const Codes = z.array(z.string());

/**
 * The scans, the daily quota and the characters of one user, exact at any time. D1 receives what outlives
 * the scans, in batches.
 */
export class UserAccount extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;
  #expiredAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // The name of an earlier version.
    const earlier = "SELECT 1 FROM sqlite_master WHERE name = 'heirs'";
    if (this.#sql.exec(earlier).toArray().length > 0) {
      this.#sql.exec("ALTER TABLE heirs RENAME TO pending_grants");
    }
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS jobs (
        id TEXT PRIMARY KEY, lane TEXT NOT NULL, admitted_at INTEGER NOT NULL, ended_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS days (day INTEGER PRIMARY KEY, scans INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS grants (
        code TEXT PRIMARY KEY, job_id TEXT NOT NULL, announced INTEGER NOT NULL DEFAULT 0, left_by TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS pending_grants (
        code TEXT NOT NULL, job_id TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (code, job_id)
      ) STRICT;`);
  }

  /** Admits a scan, or names the limit that refuses it. The same scan again is admitted, and not counted. */
  async admit(jobId: string, limits: Quota): Promise<Admission & { owned: string[] }> {
    const now = Date.now();
    const admission = this.#admit(jobId, limits, now);
    if (admission.admitted) return admission;
    await this.#endFinished(now);
    // Other scans may have been admitted during these calls.
    return this.#admit(jobId, limits, now);
  }

  /** Grants a character once. The reply says whether the user owned it before this job. */
  async grant(jobId: string, code: string): Promise<{ alreadyOwned: boolean }> {
    const owned = this.#granted(code);
    if (!owned) this.#sql.exec("INSERT INTO grants (code, job_id) VALUES (?, ?)", code, jobId);
    return { alreadyOwned: owned !== null && owned.job_id !== jobId };
  }

  /**
   * Records that a scan has ended, with the character that its result announced. Returns the grants to
   * save: the announced one when it belongs to this scan, and those that it leaves to other scans,
   * which have announced them as owned. The reply to the same call is the same.
   */
  async recordEnd(jobId: string, announced: GrantMessage | null): Promise<GrantMessage[]> {
    this.#end(jobId);
    const owed = this.#releaseGrants(jobId, announced?.character.code ?? null);
    return announced && this.#confirmGrant(announced) ? [...owed, announced] : owed;
  }

  /** The scans whose objects may still hold data, oldest first. */
  async jobs(): Promise<string[]> {
    const query = "SELECT id FROM jobs ORDER BY admitted_at, id";
    return this.#sql
      .exec<{ id: string }>(query)
      .toArray()
      .map(({ id }) => id);
  }

  /** Deletes erased scans from the list. */
  async removeJobs(jobIds: readonly string[]): Promise<void> {
    for (const id of jobIds) this.#sql.exec("DELETE FROM jobs WHERE id = ?", id);
  }

  async isEmpty(): Promise<boolean> {
    const kept = tables.map((table) => `SELECT 1 FROM ${table}`);
    return this.#sql.exec(`${kept.join(" UNION ALL ")} LIMIT 1`).toArray().length === 0;
  }

  /** Deletes everything of the user. */
  async erase(): Promise<void> {
    for (const table of tables) this.#sql.exec(`DELETE FROM ${table}`);
  }

  /**
   * Releases the grants that a scan did not announce: each goes to the first scan that announced it, or
   * is free again. Returns the grants to save for their new scans.
   */
  #releaseGrants(jobId: string, announced: string | null): GrantMessage[] {
    const left = this.#sql.exec(
      "SELECT 1 FROM grants WHERE left_by = ?1 OR (job_id = ?1 AND code IS NOT ?2)",
      jobId,
      announced,
    );
    if (left.toArray().length === 0) return [];
    this.#sql.exec(
      `UPDATE grants SET job_id = pending.job_id, announced = 1, left_by = ?1
       FROM (SELECT code, job_id, MIN(rowid) FROM pending_grants GROUP BY code) AS pending
       WHERE grants.code = pending.code AND grants.job_id = ?1 AND grants.code IS NOT ?2`,
      jobId,
      announced,
    );
    this.#sql.exec("DELETE FROM grants WHERE job_id = ? AND code IS NOT ?", jobId, announced);
    return this.#sql
      .exec<{ message: string }>(
        "SELECT message FROM pending_grants JOIN grants USING (code, job_id) WHERE left_by = ?",
        jobId,
      )
      .toArray()
      .map(({ message }) => GrantMessage.parse(JSON.parse(message)));
  }

  /** Whether the announced grant belongs to its scan. While another scan's is not announced, it is pending. */
  #confirmGrant(grant: GrantMessage): boolean {
    const { id: jobId, character } = grant;
    const { code } = character;
    const given = this.#granted(code);
    if (given === null) {
      const insert = "INSERT INTO grants (code, job_id, announced) VALUES (?, ?, 1)";
      this.#sql.exec(insert, code, jobId);
      return true;
    }
    if (given.job_id === jobId) {
      this.#sql.exec("UPDATE grants SET announced = 1 WHERE code = ? AND announced = 0", code);
      return true;
    }
    if (given.announced === 0) {
      const pending = "INSERT INTO pending_grants VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
      this.#sql.exec(pending, code, jobId, JSON.stringify(grant));
    }
    return false;
  }

  /** The scan that a character was granted to, and whether its result announced it. */
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
    this.#expire(day, now);
    const job = "INSERT INTO jobs (id, lane, admitted_at) VALUES (?, ?, ?)";
    this.#sql.exec(job, jobId, admission.lane, now);
    const counted = "INSERT INTO days VALUES (?, 1) ON CONFLICT DO UPDATE SET scans = scans + 1";
    this.#sql.exec(counted, day);
    return admission;
  }

  #expire(day: number, now: number) {
    if (now - this.#expiredAt < expireEveryMs) return;
    this.#sql.exec("DELETE FROM jobs WHERE ended_at < ?", now - retentionMs);
    this.#sql.exec("DELETE FROM days WHERE day < ?", day);
    this.#expiredAt = now;
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

  /** Ends scans that do not count for the limit: ended or parked ones, and those never submitted. */
  async #endFinished(now: number) {
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
