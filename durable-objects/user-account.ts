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
import { GrantMessage } from "../src/pipeline/messages.ts";

/** An ended job is known here for as long as it is kept, and a little longer, ms. */
const forgottenMs = 2 * 60 * 60 * 1000;
const tables = ["jobs", "days", "grants", "heirs"] as const;
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
      CREATE TABLE IF NOT EXISTS grants (
        code TEXT PRIMARY KEY, job_id TEXT NOT NULL, announced INTEGER NOT NULL DEFAULT 0, left_by TEXT
      ) STRICT;
      CREATE TABLE IF NOT EXISTS heirs (
        code TEXT NOT NULL, job_id TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (code, job_id)
      ) STRICT;`);
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
    this.#sql.exec(
      "INSERT INTO grants (code, job_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
      code,
      jobId,
    );
    const owned = this.#sql
      .exec<{ job_id: string }>("SELECT job_id FROM grants WHERE code = ?", code)
      .one();
    return { alreadyOwned: owned.job_id !== jobId };
  }

  /**
   * A scan has ended, and has announced a character or none. What is to be saved for it: that
   * character when the scan is its giver, and those that it was given but did not announce, where
   * others have announced them as owned already. Asked again, the answer is the same.
   */
  async ended(jobId: string, announced: GrantMessage | null): Promise<GrantMessage[]> {
    this.#end(jobId);
    this.#leave(jobId, announced?.character.code ?? null);
    const owed = this.#sql
      .exec<{ message: string }>(
        "SELECT message FROM heirs JOIN grants USING (code, job_id) WHERE left_by = ?",
        jobId,
      )
      .toArray()
      .map(({ message }) => GrantMessage.parse(JSON.parse(message)));
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

  /** What a scan was given and did not announce goes to the first that did, or is nobody's again. */
  #leave(jobId: string, announced: string | null) {
    this.#sql.exec(
      `UPDATE grants SET job_id = heir.job_id, announced = 1, left_by = ?1
       FROM (SELECT code, job_id, MIN(rowid) FROM heirs GROUP BY code) AS heir
       WHERE grants.code = heir.code AND grants.job_id = ?1 AND grants.code IS NOT ?2`,
      jobId,
      announced,
    );
    this.#sql.exec("DELETE FROM grants WHERE job_id = ? AND code IS NOT ?", jobId, announced);
  }

  /** Whether a scan gave the character that it announced; while that is open, it is its heir. */
  #isGiver(grant: GrantMessage): boolean {
    const { id: jobId, character } = grant;
    const [given] = this.#sql
      .exec<{ job_id: string; announced: number }>(
        `INSERT INTO grants (code, job_id, announced) VALUES (?, ?, 1)
         ON CONFLICT DO UPDATE SET announced = announced OR job_id = excluded.job_id
         RETURNING job_id, announced`,
        character.code,
        jobId,
      )
      .toArray();
    if (given?.job_id === jobId) return true;
    if (given?.announced === 0) {
      this.#sql.exec(
        "INSERT INTO heirs VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        character.code,
        jobId,
        JSON.stringify(grant),
      );
    }
    return false;
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
