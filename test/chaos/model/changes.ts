import { leaseMs } from "../../../src/pipeline/lease.ts";
import { type StageName, stageNames } from "../../../src/pipeline/stages/stage-table.ts";
import { isWaiting, type MaybeScan, type Outcome, type Scan } from "./scan.ts";

const crashLimit = 5;

export const outcome = (
  scan: MaybeScan,
  reply: string,
  sends: Outcome["sends"] = null,
): Outcome => ({
  scan,
  reply,
  sends,
});
export const notFound = outcome(null, "not-found");
export const isBefore = (a: StageName, b: StageName) =>
  stageNames.indexOf(a) < stageNames.indexOf(b);
export const holds = ({ lease, stage }: Scan, claimed: { stage: StageName; lease: string }) =>
  lease?.id === claimed.lease && stage === claimed.stage;
/** A stage that was never tried may have lost its message. */
export const unsent = (scan: Scan) =>
  isWaiting(scan) && scan.attempt === 0 && !scan.lease ? "message" : null;

export const happens = (scan: Scan, ...events: string[]): Scan => ({
  ...scan,
  log: [...scan.log, ...events],
});
export const startOf = (stage: StageName, now: number) => ({
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
export const park = (scan: Scan, now: number): Scan => ({
  ...happens(scan, `${scan.stage} parked`),
  status: "parked",
  lease: null,
  parkedAt: now,
});
export const end = (
  scan: Scan,
  status: "completed" | "failed" | "cancelled",
  now: number,
): Scan => ({
  ...happens(scan, ...(status === "completed" ? [] : [`${scan.stage} ${status}`]), "done"),
  status,
  lease: null,
  endedAt: now,
});
export const start = (scan: Scan, attempt: number, id: string, now: number): Scan => ({
  ...happens(scan, `${scan.stage} started`),
  attempt,
  lease: { id, until: now + leaseMs },
  lost: 0,
});
/** The attempt that holds the lease is gone. */
export const crash = (scan: Scan, now: number): Scan =>
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
