import { leaseMs } from "../../src/pipeline/lease.ts";
import { type StageName, stageNames, stageOf } from "../../src/pipeline/stages/stage-table.ts";

/**
 * What a scan is, written down a second time: from the design, and without the state machine of the object.
 * Times are Unix ms.
 */
export interface Scan {
  /** The request that it was submitted with, and whether under an idempotency key. */
  body: string;
  keyed: boolean;
  /** What happened, as stage and event. */
  log: readonly string[];
  status: "open" | "parked" | "completed" | "failed" | "cancelled";
  stage: StageName;
  lease: { id: string; until: number } | null;
  /** Of the stage: used attempts, crashes, and since when no provider could be called. */
  attempt: number;
  crashes: number;
  unavailableSince: number | null;
  /** When the stage may run, when its message was sent last, and how often in vain. */
  readyAt: number;
  sentAt: number;
  lost: number;
  parkedAt: number | null;
  endedAt: number | null;
  redrives: number;
  automatic: number;
  /** The last decision to redrive it. */
  decision: string | null;
  /** Whether it asks its resident, and what the resident chose. */
  asks: boolean;
  choice: string | null;
  /** The character that the answer has earned; of each ended run, whether it announced one. */
  earned: boolean;
  announced: readonly boolean[];
}

/** Null while there is no such scan. */
export type MaybeScan = Scan | null;

/** What is left of a purged scan that an idempotency key names, and until when. */
export interface IdempotencyRecord {
  body: string;
  until: number;
}

/** What can be done to a scan. */
export interface Commands {
  submit: { body: string; keyed: boolean };
  claim: { stage: StageName; lease: string };
  complete: { lease: string; stages: readonly StageName[]; asks: boolean; earns: boolean };
  retry: { stage: StageName; lease: string; counts: boolean; waitMs: number };
  fail: { stage: StageName; lease: string };
  renew: { stage: StageName; lease: string; length: number };
  publishText: { stage: StageName; lease: string; length: number };
  park: { stage: StageName; redrives: number };
  resume: { stage: StageName; decision: string; from: StageName; automatic: boolean };
  archive: object;
  postpone: { stage: StageName; until: number };
  cancel: object;
  confirm: { choice: string };
  /** The platform deletes an alarm before it fires. */
  wake: { by: "alarm" | "cron" };
  erase: object;
}
export type CommandName = keyof Commands;

export interface Outcome {
  scan: MaybeScan;
  reply: string;
  /** Which message of the scan's stage is sent. */
  sends: "message" | "dead-letter" | null;
}

/** After how long a message counts as lost; each further one waits twice as long. */
const messageWait = 15_000;
const crashLimit = 5;
export const hour = 3_600_000;
const day = 24 * hour;
export const week = 7 * day;
/** How much longer than a day an idempotency record is kept. */
const clockSkew = 300_000;
const longestOutage = 120_000;
/** How much earlier than it was sent for a queue may deliver a message. */
const early = 2_000;

const outcome = (scan: MaybeScan, reply: string, sends: Outcome["sends"] = null): Outcome => ({
  scan,
  reply,
  sends,
});
const notFound = outcome(null, "not-found");
const isBefore = (a: StageName, b: StageName) => stageNames.indexOf(a) < stageNames.indexOf(b);
export const isEnded = ({ endedAt }: Scan) => endedAt !== null;
const isWaiting = ({ status }: Scan) => status === "open";
const holds = ({ lease, stage }: Scan, claimed: { stage: StageName; lease: string }) =>
  lease?.id === claimed.lease && stage === claimed.stage;
/** A stage that was never tried may have lost its message. */
const unsent = (scan: Scan) =>
  isWaiting(scan) && scan.attempt === 0 && !scan.lease ? "message" : null;

const happens = (scan: Scan, ...events: string[]): Scan => ({
  ...scan,
  log: [...scan.log, ...events],
});
const startOf = (stage: StageName, now: number) => ({
  stage,
  status: "open" as const,
  lease: null,
  attempt: 0,
  crashes: 0,
  unavailableSince: null,
  readyAt: now,
  sentAt: now,
  lost: 0,
  parkedAt: null,
});
const park = (scan: Scan, now: number): Scan => ({
  ...happens(scan, `${scan.stage} parked`),
  status: "parked",
  lease: null,
  parkedAt: now,
});
const end = (scan: Scan, status: "completed" | "failed" | "cancelled", now: number): Scan => ({
  ...happens(scan, ...(status === "completed" ? [] : [`${scan.stage} ${status}`]), "done"),
  status,
  lease: null,
  endedAt: now,
  announced: [...scan.announced, status === "completed" && scan.earned],
});
const start = (scan: Scan, attempt: number, id: string, now: number): Scan => ({
  ...happens(scan, `${scan.stage} started`),
  attempt,
  lease: { id, until: now + leaseMs },
  lost: 0,
});
/** The attempt that holds the lease is gone. */
const crash = (scan: Scan, now: number): Scan =>
  scan.crashes + 1 >= crashLimit
    ? park(scan, now)
    : {
        ...happens(scan, `${scan.stage} retrying crash`),
        lease: null,
        attempt: scan.attempt - 1,
        crashes: scan.crashes + 1,
        readyAt: now,
        sentAt: now,
        lost: 0,
      };
/** Whether a lease belongs to a later delivery of the message that another one belongs to. */
function isLaterDelivery(held: string, lease: string) {
  const [[message, first], [other, second]] = [held.split("#"), lease.split("#")];
  return message === other && Number(second) > Number(first);
}
const overdueAt = ({ lease, stage, sentAt, lost, readyAt }: Scan) =>
  lease?.until ?? Math.min(sentAt + messageWait * 2 ** lost, readyAt + stageOf(stage).ttlMs);

type Rules = {
  [Name in CommandName]: (scan: Scan, command: Commands[Name], now: number) => Outcome;
};

const rules: Rules = {
  submit: (scan, { body }) => outcome(scan, scan.body === body ? "accepted" : "conflict"),

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

  complete(scan, { lease, stages, asks, earns }, now) {
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
      earned: stages.includes("reward") ? earns : scan.earned,
    };
    return next
      ? outcome({ ...after, ...startOf(next, now) }, "recorded", "message")
      : outcome(end({ ...after, stage: "reward" }, "completed", now), "recorded");
  },

  retry(scan, { counts, waitMs, ...attempted }, now) {
    if (!holds(scan, attempted)) return outcome(scan, "stale");
    const { attempt, stage } = scan;
    const since = scan.unavailableSince ?? now;
    const isOver = counts ? attempt >= stageOf(stage).attempts : now - since >= longestOutage;
    if (isOver) return outcome(park(scan, now), "parked");
    const waits = {
      ...happens(scan, `${stage} retrying ${counts ? "attempt" : "wait"}`),
      lease: null,
      attempt: counts ? attempt : attempt - 1,
      unavailableSince: counts ? null : since,
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
    if (isEnded(scan)) return outcome(scan, scan.status === "completed" ? "recovered" : "ended");
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
    return outcome({ ...confirmed, choice, endedAt: null, earned: false }, "confirmed", "message");
  },

  wake(scan, _, now) {
    if (scan.endedAt !== null) {
      return outcome(now >= scan.endedAt + hour ? null : scan, "checked");
    }
    if (scan.parkedAt !== null) {
      if (now >= scan.parkedAt + week) return outcome(end(scan, "failed", now), "checked");
      return outcome(scan, "checked", now >= scan.parkedAt + hour ? "dead-letter" : null);
    }
    if (now < overdueAt(scan)) return outcome(scan, "checked");
    if (scan.lease) {
      const crashed = crash(scan, now);
      return outcome(crashed, "checked", crashed.status === "parked" ? null : "message");
    }
    if (now - scan.readyAt >= stageOf(scan.stage).ttlMs) return outcome(park(scan, now), "checked");
    const sent = happens(scan, `${scan.stage} retrying attempt`);
    return outcome({ ...sent, sentAt: now, lost: scan.lost + 1 }, "checked", "message");
  },

  erase: () => outcome(null, "erased"),
};

const submitted = ({ body, keyed }: Commands["submit"], now: number): Scan => ({
  body,
  keyed,
  log: ["queued"],
  ...startOf("vision", now),
  endedAt: null,
  redrives: 0,
  automatic: 0,
  decision: null,
  asks: false,
  choice: null,
  earned: false,
  announced: [],
});

/** What a command does to a scan, or to what is left of it. */
export function apply<Name extends CommandName>(
  name: Name,
  scan: MaybeScan,
  record: IdempotencyRecord | null,
  command: Commands[Name],
  now: number,
): Outcome {
  if (scan) return rules[name](scan, command, now);
  const known = record && now < record.until ? record : null;
  if (name === "erase" && known) return outcome(null, "erased");
  if ("by" in command && command.by === "alarm") return outcome(null, "checked");
  if (!("body" in command)) return notFound;
  if (known) return outcome(null, known.body === command.body ? "ended" : "conflict");
  return outcome(submitted(command, now), "accepted", "message");
}

/** What is left of a scan that is purged. */
export function recordOf({ body, keyed, endedAt }: Scan, now: number): IdempotencyRecord | null {
  const until = (endedAt ?? now) + day + clockSkew;
  return keyed && now < until ? { body, until } : null;
}

/** When the alarm of a scan fires at the latest; `isTold` when all its effects were published. */
export function alarmDue(scan: Scan, isTold: boolean, now: number): number {
  const soon = now + leaseMs;
  if (!isTold || isWaiting(scan)) return soon;
  // A purge whose last publish fails is tried again.
  return scan.endedAt === null ? now + hour : Math.max(soon, scan.endedAt + hour);
}
