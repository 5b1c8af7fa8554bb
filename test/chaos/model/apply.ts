import { leaseMs } from "../../../src/pipeline/lease.ts";
import { stageOf } from "../../../src/pipeline/stages/stage-table.ts";
import { attempts } from "./attempts.ts";
import { crash, end, happens, notFound, outcome, park, startOf } from "./changes.ts";
import { interventions } from "./interventions.ts";
import {
  type CommandName,
  type Commands,
  day,
  hour,
  type IdempotencyRecord,
  isWaiting,
  type MaybeScan,
  type Outcome,
  type Rules,
  type Scan,
  week,
} from "./scan.ts";

/** After how long a message counts as lost; each further one waits twice as long. */
const messageWait = 15_000;
/** How much longer than a day an idempotency record is kept. */
const clockSkew = 300_000;
const overdueAt = ({ lease, stage, sentAt, lost, readyAt }: Scan) =>
  lease?.until ?? Math.min(sentAt + messageWait * 2 ** lost, readyAt + stageOf(stage).ttlMs);

const rules: Rules = {
  ...attempts,
  ...interventions,
  submit: (scan, { body }) => outcome(scan, scan.body === body ? "accepted" : "conflict"),

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
  reward: "none",
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
