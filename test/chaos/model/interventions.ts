import { stageOf } from "../../../src/pipeline/stages/stage-table.ts";
import { end, happens, isBefore, outcome, park, startOf } from "./changes.ts";
import { hour, isEnded, isWaiting, type Rules } from "./scan.ts";

/** How much earlier than it was sent for a queue may deliver a message. */
const early = 2_000;

/** What consumers of dead letters, operators and residents ask of a scan. */
export const interventions: Pick<
  Rules,
  "park" | "resume" | "archive" | "postpone" | "cancel" | "confirm"
> = {
  park(scan, { stage, redrives }, now) {
    if (scan.redrives !== redrives || scan.stage !== stage || isEnded(scan))
      return outcome(scan, "moved-on");
    if (scan.status === "parked") return outcome(scan, "parked");
    if (scan.lease && scan.lease.until > now) return outcome(scan, "moved-on");
    const { attempts, ttlMs } = stageOf(stage);
    return now - scan.readyAt >= ttlMs || scan.attempt >= attempts
      ? outcome(park(scan, now), "parked")
      : outcome(scan, "moved-on", "message");
  },

  resume(scan, { stage, decision, from, automatic }, now) {
    if (isEnded(scan))
      return outcome(scan, scan.status === "completed" ? "recovered" : scan.status);
    if (isBefore(stage, scan.stage)) return outcome(scan, "recovered");
    if (scan.status !== "parked" || scan.stage !== stage) return outcome(scan, "running");
    if (scan.decision === decision) return outcome(scan, "parked");
    const resumed = {
      ...happens(scan, `${from} resumed`),
      ...startOf(from, now),
      redrives: scan.redrives + 1,
      automatic: scan.automatic + (automatic ? 1 : 0),
      decision,
    };
    return outcome(resumed, "resumed", "message");
  },

  archive(scan, _, now) {
    if (isEnded(scan)) return outcome(scan, "archived");
    return scan.status === "parked"
      ? outcome(end(scan, "failed", now), "archived")
      : outcome(scan, "not-parked");
  },

  postpone(scan, { stage, until }, now) {
    const waits = isWaiting(scan) && scan.stage === stage && !scan.lease;
    if (!waits || scan.sentAt > now + early) return outcome(scan, "moved-on");
    const postponed = happens(scan, `${stage} postponed`);
    return outcome(
      { ...postponed, readyAt: until, sentAt: until, lost: 0 },
      "postponed",
      "message",
    );
  },

  cancel(scan, _, now) {
    const cancelled = isEnded(scan) ? scan : end(scan, "cancelled", now);
    return outcome(cancelled, cancelled.status);
  },

  confirm(scan, { choice }, now) {
    if (scan.choice !== null) {
      return outcome(scan, scan.choice === choice ? "confirmed" : "confirmed-otherwise");
    }
    if (scan.endedAt === null) return outcome(scan, "not-ended");
    if (now - scan.endedAt >= hour) return outcome(scan, "not-found");
    if (scan.status !== "completed" || !scan.asks) return outcome(scan, "nothing-to-confirm");
    const confirmed = { ...happens(scan, "confirmed"), ...startOf("rule", now) };
    return outcome(
      { ...confirmed, choice, endedAt: null, reward: "none" as const },
      "confirmed",
      "message",
    );
  },
};
