import { DurableObject } from "cloudflare:workers";
import { log } from "../src/log.ts";
import { callJob } from "../src/objects.ts";
import {
  type Admission,
  decideAdmission,
  type Lane,
  type Limits,
  seoulDay,
} from "../src/pipeline/admission.ts";
import { isTerminal } from "../src/pipeline/job.ts";

/** An ended job is known here for as long as it is kept, and a little longer, ms. */
const forgottenMs = 2 * 60 * 60 * 1000;
/** A scan that was admitted so long ago and has no job was never submitted, ms. */
const unsubmittedMs = 60 * 1000;

/**
 * What has to be exact about one user while it happens: which scans are theirs, how many they have
 * submitted today, and which characters they were given. D1 holds what outlives it, a batch later.
 */
export class UserAccount extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS jobs (
        id TEXT PRIMARY KEY, lane TEXT NOT NULL, admitted_at INTEGER NOT NULL, ended_at INTEGER
      ) STRICT;
      CREATE TABLE IF NOT EXISTS days (day INTEGER PRIMARY KEY, scans INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS characters (code TEXT PRIMARY KEY, job_id TEXT NOT NULL) STRICT;`);
  }

  /** Lets a scan in, or says which limit it meets. The same scan again is let in and not counted. */
  async admit(jobId: string, limits: Limits): Promise<Admission> {
    const known = this.#admittedBefore(jobId);
    if (known) return known;
    const now = Date.now();
    if (!this.#decide(limits, now).admitted) await this.#findEnded(now);
    // Others may have been let in while jobs were asked.
    const admission = this.#admittedBefore(jobId) ?? this.#decide(limits, now);
    if (admission.admitted) this.#note(jobId, admission.lane, now);
    return admission;
  }

  /** Gives a character once. Whether its owner had it before this job, which may ask again. */
  async grant(jobId: string, code: string): Promise<{ alreadyOwned: boolean }> {
    this.#sql.exec("INSERT INTO characters VALUES (?, ?) ON CONFLICT DO NOTHING", code, jobId);
    const owned = this.#sql
      .exec<{ job_id: string }>("SELECT job_id FROM characters WHERE code = ?", code)
      .one();
    return { alreadyOwned: owned.job_id !== jobId };
  }

  /** A scan has ended; a character that it was given but did not announce is taken back. */
  async ended(jobId: string, announced: string | null): Promise<void> {
    this.#end(jobId);
    this.#sql.exec("DELETE FROM characters WHERE job_id = ? AND code IS NOT ?", jobId, announced);
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
    const kept = ["jobs", "days", "characters"].map((table) => `SELECT 1 FROM ${table}`);
    return this.#sql.exec(`${kept.join(" UNION ALL ")} LIMIT 1`).toArray().length === 0;
  }

  /** Forgets the user. */
  async erase(): Promise<void> {
    for (const table of ["jobs", "days", "characters"]) this.#sql.exec(`DELETE FROM ${table}`);
  }

  #admittedBefore(jobId: string): Admission | null {
    const [known] = this.#sql
      .exec<{ lane: Lane }>("SELECT lane FROM jobs WHERE id = ?", jobId)
      .toArray();
    return known ? { admitted: true, lane: known.lane, budgets: {} } : null;
  }

  #decide(limits: Limits, now: number): Admission {
    const { scans: today } = this.#sql
      .exec<{ scans: number }>(
        "SELECT COALESCE(MAX(scans), 0) AS scans FROM days WHERE day = ?",
        seoulDay(now),
      )
      .one();
    return decideAdmission(limits, { today, open: this.#open().length }, now);
  }

  #open = () =>
    this.#sql
      .exec<{ id: string; admitted_at: number }>(
        "SELECT id, admitted_at FROM jobs WHERE ended_at IS NULL",
      )
      .toArray();

  #note(jobId: string, lane: Lane, now: number) {
    const day = seoulDay(now);
    this.#sql.exec("DELETE FROM jobs WHERE ended_at < ?", now - forgottenMs);
    this.#sql.exec("DELETE FROM days WHERE day < ?", day);
    this.#sql.exec(
      "INSERT INTO jobs (id, lane, admitted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      jobId,
      lane,
      now,
    );
    this.#sql.exec(
      "INSERT INTO days VALUES (?, 1) ON CONFLICT DO UPDATE SET scans = scans + 1",
      day,
    );
  }

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
          const over = state
            ? isTerminal(state) || state.status === "parked"
            : now - admitted_at > unsubmittedMs;
          if (over) this.#end(id);
        } catch (error) {
          log("warn", "account.job_unreachable", { job: id, error: String(error) });
        }
      }),
    );
  }
}
