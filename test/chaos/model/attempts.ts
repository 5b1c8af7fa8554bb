import { leaseMs } from "../../../src/pipeline/lease.ts";
import { stageNames, stageOf } from "../../../src/pipeline/stages/stage-table.ts";
import {
  crash,
  end,
  happens,
  holds,
  isBefore,
  outcome,
  park,
  start,
  startOf,
  unsent,
} from "./changes.ts";
import { isWaiting, type Rules } from "./scan.ts";

/** Whether a lease belongs to a later delivery of the message that another one belongs to. */
function isLaterDelivery(held: string, lease: string) {
  const [[message, first], [other, second]] = [held.split("#"), lease.split("#")];
  return message === other && Number(second) > Number(first);
}

/** What an attempt asks of its scan. */
export const attempts: Pick<
  Rules,
  "claim" | "complete" | "retry" | "fail" | "renew" | "publishText"
> = {
  claim(scan, { stage, lease }, now) {
    if (!isWaiting(scan) || isBefore(scan.stage, stage)) return outcome(scan, "ack");
    if (isBefore(stage, scan.stage)) return outcome(scan, "ack", unsent(scan));
    const { lease: held, attempt, readyAt } = scan;
    if (held?.id === lease) return outcome(scan, `run ${attempt}`);
    if (held) {
      if (held.until > now && !isLaterDelivery(held.id, lease)) return outcome(scan, "ack");
      const crashed = crash(scan, now);
      return crashed.status === "parked"
        ? outcome(crashed, "parked")
        : outcome(start(crashed, attempt, lease, now), `run ${attempt}`);
    }
    if (readyAt > now) return outcome(scan, "wait");
    const { ttlMs, attempts } = stageOf(stage);
    return now - readyAt >= ttlMs || attempt >= attempts
      ? outcome(park(scan, now), "parked")
      : outcome(start(scan, attempt + 1, lease, now), `run ${attempt + 1}`);
  },

  complete(scan, { lease, stages, asks, reward }, now) {
    const stage = stages[0] ?? scan.stage;
    if (!holds(scan, { stage, lease })) {
      return outcome(scan, "stale", isBefore(stage, scan.stage) ? unsent(scan) : null);
    }
    const events = stages.flatMap((it, index) => [
      ...(index > 0 ? [`${it} started`] : []),
      `${it} completed`,
    ]);
    const next = stageNames[stageNames.indexOf(stages.at(-1) ?? stage) + 1];
    const after = {
      ...happens(scan, ...events),
      asks: stage === "vision" ? asks : scan.asks,
      reward: stages.includes("reward") ? reward : scan.reward,
    };
    return next
      ? outcome({ ...after, ...startOf(next, now) }, "recorded", "message")
      : outcome(end({ ...after, stage: "reward" }, "completed", now), "recorded");
  },

  retry(scan, { counts, waitMs, ...attempted }, now) {
    if (!holds(scan, attempted)) return outcome(scan, "stale");
    const { attempt, stage } = scan;
    const since = scan.unavailableSince ?? now;
    const isOver = counts
      ? attempt >= stageOf(stage).attempts
      : now - since >= stageOf(stage).ttlMs;
    if (isOver) return outcome(park(scan, now), "parked");
    const waits = {
      ...happens(scan, `${stage} retrying ${counts ? "attempt" : "wait"}`),
      lease: null,
      attempt: counts ? attempt : attempt - 1,
      unavailableSince: counts ? scan.unavailableSince : since,
      readyAt: now + waitMs,
      sentAt: now + waitMs,
      lost: 0,
    };
    return counts ? outcome(waits, "retry") : outcome(waits, "postponed", "message");
  },

  fail: (scan, attempted, now) =>
    holds(scan, attempted) ? outcome(end(scan, "failed", now), "recorded") : outcome(scan, "stale"),

  renew(scan, attempted, now) {
    const { lease } = scan;
    if (!lease || !holds(scan, attempted)) return outcome(scan, "stale");
    return outcome({ ...scan, lease: { ...lease, until: now + leaseMs } }, "renewed");
  },
  publishText: (scan, attempted) => outcome(scan, holds(scan, attempted) ? "published" : "stale"),
};
