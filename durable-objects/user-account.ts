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
import type { GrantMessage } from "../src/pipeline/messages.ts";
import { notFound } from "../src/pipeline/refusals.ts";

/** How long an ended job stays here: longer than its object keeps it, ms. */
const retentionMs = 2 * 60 * 60 * 1000;
const tables = ["jobs", "days", "grants"] as const;
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
    dropEarlierGrants(this.#sql);
    addParked(this.#sql);
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS jobs (
        id TEXT PRIMARY KEY, lane TEXT NOT NULL, admitted_at INTEGER NOT NULL, ended_at INTEGER,
        parked INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS days (day INTEGER PRIMARY KEY, scans INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS grants (
        code TEXT PRIMARY KEY, job_id TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;`);
  }

  /** Admits a scan, or names the limit that refuses it. The same scan again is admitted, and not counted. */
  async admit(jobId: string, limits: Quota): Promise<Admission & { owned: string[] }> {
    const now = Date.now();
    const admission = this.#admit(jobId, limits, now);
    if (admission.admitted) return admission;
    await this.#recount(now);
    // Other scans may have been admitted during these calls.
    return this.#admit(jobId, limits, now);
  }

  /**
   * Records that a scan has ended, and grants the character that its result announced; null for none.
   * Granting it again changes nothing. A scan that the account does not know, as after an erasure, grants
   * nothing.
   *
   * @returns the grant to save: the character belongs to this scan. The reply to the same call is the same.
   */
  async recordEnd(jobId: string, announced: GrantMessage | null): Promise<GrantMessage | null> {
    const known = this.#sql.exec("SELECT 1 FROM jobs WHERE id = ?", jobId).toArray().length > 0;
    if (known) this.#end(jobId);
    if (!announced) return null;
    const { code } = announced.character;
    const granted = "SELECT job_id FROM grants WHERE code = ?";
    const [owner] = this.#sql.exec<{ job_id: string }>(granted, code).toArray();
    if (owner) return owner.job_id === jobId ? announced : null;
    if (!known) return null;
    this.#sql.exec("INSERT INTO grants (code, job_id) VALUES (?, ?)", code, jobId);
    return announced;
  }

  /** The scans whose objects may still hold data, oldest first. */
  async jobs(): Promise<string[]> {
    const query = "SELECT id FROM jobs ORDER BY admitted_at, id";
    return Array.from(this.#sql.exec<{ id: string }>(query), ({ id }) => id);
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

  #admit(jobId: string, limits: Quota, now: number): Admission & { owned: string[] } {
    const day = seoulDay(now);
    const { lane, today, open, ...known } = this.#sql
      .exec<{ lane: Lane | null; today: number; open: number; owned: string }>(
        `SELECT (SELECT lane FROM jobs WHERE id = ?1) AS lane,
           coalesce((SELECT scans FROM days WHERE day = ?2), 0) AS today,
           (SELECT count(*) FROM jobs WHERE ended_at IS NULL AND parked = 0) AS open,
           (SELECT json_group_array(code) FROM grants) AS owned`,
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

  #end = (jobId: string) =>
    this.#sql.exec(
      "UPDATE jobs SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
      Date.now(),
      jobId,
    );

  /**
   * Finds open scans that do not count for the limit: those that have ended, were never submitted, or are
   * parked. A parked one is still listed: its object holds data.
   */
  async #recount(now: number) {
    const query = "SELECT id, admitted_at FROM jobs WHERE ended_at IS NULL AND parked = 0";
    const open = this.#sql.exec<{ id: string; admitted_at: number }>(query).toArray();
    await Promise.all(
      open.map(async ({ id, admitted_at }) => {
        try {
          const state = await callJob(this.env, id, (job) => job.inspect());
          const isOver = state === notFound ? now - admitted_at > unsubmittedMs : isTerminal(state);
          if (isOver) this.#end(id);
          else if (state !== notFound && state.status === "parked") {
            this.#sql.exec("UPDATE jobs SET parked = 1 WHERE id = ?", id);
          }
        } catch (error) {
          log("warn", "account.job_unreachable", { job: id, error: String(error) });
        }
      }),
    );
  }
}

/** Earlier versions granted before a scan ended. What such a scan has not announced is not its user's. */
function dropEarlierGrants(sql: SqlStorage) {
  const earlier = "SELECT name FROM sqlite_master WHERE name IN ('heirs', 'pending_grants')";
  for (const { name } of sql.exec<{ name: string }>(earlier).toArray()) {
    sql.exec(`DELETE FROM grants WHERE announced = 0; DROP TABLE ${name}`);
  }
}

/** Earlier versions counted a parked scan as ended, and forgot it two hours later. */
function addParked(sql: SqlStorage) {
  const query = "SELECT name FROM pragma_table_info('jobs')";
  const columns = sql.exec<{ name: string }>(query).toArray();
  if (columns.length === 0 || columns.some(({ name }) => name === "parked")) return;
  sql.exec("ALTER TABLE jobs ADD COLUMN parked INTEGER NOT NULL DEFAULT 0");
}
