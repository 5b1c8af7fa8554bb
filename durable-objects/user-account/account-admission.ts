import { callJob } from "../../src/objects.ts";
import {
  type Admission,
  decideAdmission,
  type Quota,
  seoulDayStart,
} from "../../src/pipeline/admission.ts";
import { notFound } from "../../src/pipeline/refusals.ts";
import { log } from "../../src/platform/log.ts";
import type { AccountCharacters } from "./account-characters.ts";
import { type AccountScans, oldMs } from "./account-scans.ts";

/** How often an awake object looks for open scans that are old, ms. */
const lookEveryMs = 60 * 60 * 1000;
/** A scan that was admitted longer ago and has no job was never submitted, ms. */
const unsubmittedMs = 60 * 1000;

/** Whether a scan is admitted, under which id and when (Unix ms), and what its user owns. */
export type AdmissionReply = Admission & { jobId: string; admittedAt: number; owned: string[] };

/** Admits the scans of a user, within the limits of a day and of open scans. */
export function accountAdmission(env: Env, scans: AccountScans, characters: AccountCharacters) {
  let lookedAt = 0;

  function admitOnce(
    jobId: string,
    limits: Quota,
    key: string | null,
    now: number,
  ): AdmissionReply {
    const owned = characters.codes();
    const known = scans.find(jobId, key, now);
    const own = { owned, admittedAt: now };
    if (known) return { admitted: true, jobId: known.id, lane: known.lane, budgets: {}, ...own };
    const admission = { ...decideOnce(limits, now), ...own, jobId };
    if (admission.admitted) scans.add({ jobId, key, lane: admission.lane }, now);
    return admission;
  }

  const decideOnce = (limits: Quota, now: number): Admission =>
    decideAdmission(limits, scans.count(seoulDayStart(now), now), now);

  function isTimeToLook(now: number): boolean {
    if (now - lookedAt < lookEveryMs) return false;
    lookedAt = now;
    return true;
  }

  /**
   * Finds open scans that do not count for the limit: those that have ended, were never submitted, or are
   * parked. One that is parked or was never submitted is still listed: its object holds data, or may yet.
   */
  async function recount(now: number) {
    await Promise.all(
      scans.open(now).map(async ({ id, admitted_at }) => {
        try {
          const state = await callJob(env, id, (job) => job.inspect());
          const ageMs = now - admitted_at;
          if (state === notFound) {
            if (ageMs > oldMs) scans.remove(id);
            else if (ageMs > unsubmittedMs) scans.setAside(id);
          } else if (state.parkedAt !== null) scans.setAside(id);
          else if (state.endedAt !== null) scans.close(id, state.endedAt);
        } catch (error) {
          log("warn", "account.job_unreachable", { job: id, error: String(error) });
        }
      }),
    );
  }

  return {
    /** Admits a scan, or one that is known, which is not counted. */
    async admit(jobId: string, limits: Quota, key: string | null): Promise<AdmissionReply> {
      const now = Date.now();
      if (isTimeToLook(now) && scans.hasOld(now)) await recount(now);
      const admission = admitOnce(jobId, limits, key, now);
      if (admission.admitted) return admission;
      await recount(now);
      // Other scans may have been admitted during these calls.
      return admitOnce(jobId, limits, key, now);
    },

    /** What another scan would be answered, without counting it. */
    async decide(limits: Quota, now: number): Promise<Admission> {
      const admission = decideOnce(limits, now);
      if (admission.admitted) return admission;
      await recount(now);
      return decideOnce(limits, now);
    },
  };
}
