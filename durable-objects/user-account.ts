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
import { idempotencyMs } from "../src/pipeline/idempotency.ts";
import { GrantMessage } from "../src/pipeline/messages.ts";
import { notFound } from "../src/pipeline/refusals.ts";
import { createAccountTables } from "./account-tables.ts";

/** How long an ended job stays here: longer than its object keeps it, ms. */
const retentionMs = 2 * 60 * 60 * 1000;
/** An open job that was admitted longer ago is looked for, in case its end was never recorded, ms. */
const oldMs = 8 * 24 * 60 * 60 * 1000;
const tables = ["jobs", "days", "grants"] as const;
/** How often an awake object deletes expired rows, ms. */
const expireEveryMs = 60 * 60 * 1000;
/** A scan that was admitted longer ago and has no job was never submitted, ms. */
const unsubmittedMs = 60 * 1000;
/** Whether a scan is admitted, under which id, and what its user owns. */
type Reply = Admission & { jobId: string; owned: string[] };

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
    createAccountTables(this.#sql);
  }

  /**
   * Admits a scan, or names the limit that refuses it. The same scan again is admitted, and not counted.
   *
   * @param key names the scan for its user, until 24 h after its end; null for none.
   * @returns the id of the scan: the one that its key named first, else `jobId`.
   */
  async admit(jobId: string, limits: Quota, key: string | null = null): Promise<Reply> {
    const now = Date.now();
    if (this.#expire(now)) await this.#recount(now);
    const admission = this.#admit(jobId, limits, key, now);
    if (admission.admitted) return admission;
    await this.#recount(now);
    // Other scans may have been admitted during these calls.
    return this.#admit(jobId, limits, key, now);
  }

  /**
   * Records that a scan has ended, and grants the character that its result announced; null for none.
   * Granting it again changes nothing. A scan that the account does not know, as after an erasure, grants
   * nothing.
   *
   * @returns the grant to save: the character belongs to this scan. The reply to the same call is the same.
   */
  async recordEnd(
    jobId: string,
    announced: GrantMessage | null,
    at = Date.now(),
  ): Promise<GrantMessage | null> {
    const known = this.#sql.exec("SELECT 1 FROM jobs WHERE id = ?", jobId).toArray().length > 0;
    if (known) this.#end(jobId, at);
    return announced && this.#grant(jobId, announced, known);
  }

  /**
   * Records that the character of a scan is still to be matched: the scan stays known until it is. A scan
   * that the account does not know, that goes on, or that has ended again, awaits nothing.
   *
   * @param endedAt names the run of the scan.
   * @returns whether its message is to be sent: also for a matched one, since its saves may be lost.
   */
  async awaitReward(jobId: string, endedAt: number): Promise<boolean> {
    const query = `UPDATE jobs SET matched = iif(match_of = ?2, matched, NULL), match_of = ?2
      WHERE id = ?1 AND ended_at = ?2`;
    return this.#sql.exec(query, jobId, endedAt).rowsWritten > 0;
  }

  /**
   * Settles the pending reward of a scan's run with what the catalog has for it; null for no character, and
   * for a reward that is given up. The first reply counts.
   *
   * @returns the grant to save: the character belongs to this scan. The reply to the same call is the same.
   */
  async settleReward(
    jobId: string,
    endedAt: number,
    grant: GrantMessage | null,
  ): Promise<GrantMessage | null> {
    const query = "SELECT matched FROM jobs WHERE id = ? AND ended_at = ? AND match_of = ended_at";
    const [job] = this.#sql.exec<{ matched: string | null }>(query, jobId, endedAt).toArray();
    if (!job) return null;
    if (job.matched !== null) return GrantMessage.nullable().parse(JSON.parse(job.matched));
    const granted = grant && this.#grant(jobId, grant, true);
    this.#sql.exec("UPDATE jobs SET matched = ? WHERE id = ?", JSON.stringify(granted), jobId);
    return granted;
  }

  #grant(jobId: string, grant: GrantMessage, known: boolean): GrantMessage | null {
    const { code } = grant.character;
    const granted = "SELECT job_id FROM grants WHERE code = ?";
    const [owner] = this.#sql.exec<{ job_id: string }>(granted, code).toArray();
    if (owner) return owner.job_id === jobId ? grant : null;
    if (!known) return null;
    this.#sql.exec("INSERT INTO grants (code, job_id) VALUES (?, ?)", code, jobId);
    return grant;
  }

  /** Records that an ended scan goes on, because its resident has confirmed it. */
  async recordContinued(jobId: string): Promise<void> {
    this.#sql.exec("UPDATE jobs SET ended_at = NULL WHERE id = ?", jobId);
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

  #admit(jobId: string, limits: Quota, key: string | null, now: number): Reply {
    const day = seoulDay(now);
    const { today, open, ...text } = this.#sql
      .exec<{ today: number; open: number; owned: string }>(
        `SELECT coalesce((SELECT scans FROM days WHERE day = ?1), 0) AS today,
           (SELECT count(*) FROM jobs WHERE ended_at IS NULL AND parked = 0) AS open,
           (SELECT json_group_array(code) FROM grants) AS owned`,
        day,
      )
      .one();
    const owned = Codes.parse(JSON.parse(text.owned));
    const known = this.#jobOf(jobId, key, now);
    if (known) return { admitted: true, jobId: known.id, lane: known.lane, budgets: {}, owned };
    const admission = { ...decideAdmission(limits, { today, open }, now), owned, jobId };
    if (!admission.admitted) return admission;
    const job = "INSERT INTO jobs (id, key, lane, admitted_at) VALUES (?, ?, ?, ?)";
    this.#sql.exec(job, jobId, key, admission.lane, now);
    const counted = "INSERT INTO days VALUES (?, 1) ON CONFLICT DO UPDATE SET scans = scans + 1";
    this.#sql.exec(counted, day);
    return admission;
  }

  /** The scan of an id, or of a key that has not expired. Earlier versions made the id of the key. */
  #jobOf(jobId: string, key: string | null, now: number) {
    const query = `SELECT id, lane FROM jobs
      WHERE id = ?1 OR (key = ?2 OR id = ?2) AND (ended_at IS NULL OR ended_at > ?3)`;
    const since = now - idempotencyMs;
    return this.#sql.exec<{ id: string; lane: Lane }>(query, jobId, key, since).toArray()[0];
  }

  /** Once an hour, forgets what has expired. Returns whether a scan has been open for so long that it is looked for. */
  #expire(now: number): boolean {
    if (now - this.#expiredAt < expireEveryMs) return false;
    this.#expiredAt = now;
    const ended = `DELETE FROM jobs WHERE ended_at < CASE WHEN key IS NULL THEN ? ELSE ? END
      AND NOT (match_of IS NOT NULL AND match_of = ended_at AND matched IS NULL)`;
    this.#sql.exec(ended, now - retentionMs, now - idempotencyMs - expireEveryMs);
    this.#sql.exec("DELETE FROM days WHERE day < ?", seoulDay(now));
    const old = "SELECT 1 FROM jobs WHERE ended_at IS NULL AND admitted_at < ? LIMIT 1";
    return this.#sql.exec(old, now - oldMs).toArray().length > 0;
  }

  /** A scan that was confirmed ends twice: the later end counts. */
  #end = (jobId: string, at: number) =>
    this.#sql.exec(
      "UPDATE jobs SET ended_at = max(coalesce(ended_at, 0), ?) WHERE id = ?",
      at,
      jobId,
    );

  /**
   * Finds open scans that do not count for the limit: those that have ended, were never submitted, or are
   * parked. One that is parked or was never submitted is still listed: its object holds data, or may yet.
   */
  async #recount(now: number) {
    const query = `SELECT id, admitted_at FROM jobs
      WHERE ended_at IS NULL AND (parked = 0 OR admitted_at < ?)`;
    const open = this.#sql.exec<{ id: string; admitted_at: number }>(query, now - oldMs).toArray();
    await Promise.all(
      open.map(async ({ id, admitted_at }) => {
        try {
          const state = await callJob(this.env, id, (job) => job.inspect());
          if (state === notFound && now - admitted_at > oldMs) await this.removeJobs([id]);
          else if (
            state === notFound ? now - admitted_at > unsubmittedMs : state.parkedAt !== null
          ) {
            this.#sql.exec("UPDATE jobs SET parked = 1 WHERE id = ?", id);
          } else if (state !== notFound && state.endedAt !== null) this.#end(id, state.endedAt);
        } catch (error) {
          log("warn", "account.job_unreachable", { job: id, error: String(error) });
        }
      }),
    );
  }
}
