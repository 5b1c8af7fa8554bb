import { runInDurableObject } from "cloudflare:test";
import type { ScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import type { JobEvent } from "../../src/pipeline/job-events.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import { notFound } from "../../src/pipeline/refusals.ts";
import { keysBesideLog, storedLog } from "../support/stored-log.ts";
import type { MaybeScan } from "./model/scan.ts";

/** What an object holds, in memory and on disk. */
export interface Observed {
  state: JobState | null;
  events: JobEvent[];
  alarm: number | null;
  /** What is stored besides the log: keys. */
  keys: string[];
}

export const observe = (job: DurableObjectStub<ScanJob>): Promise<Observed> =>
  runInDurableObject(job, async (object: ScanJob, { storage }) => {
    const state = await object.inspect();
    return {
      state: state === notFound ? null : state,
      events: storedLog(storage).events,
      alarm: await storage.getAlarm(),
      keys: keysBesideLog(storage),
    };
  });

/** An event as the model's log has it. */
export function nameOf(event: JobEvent): string {
  if (event.type === "retrying") return `${event.stage} retrying ${event.budget}`;
  return "stage" in event ? `${event.stage} ${event.type}` : event.type;
}

/** What model and object must agree on. The budgets of a stage matter while it may run. */
export const summaryOf = (scan: MaybeScan) =>
  scan && {
    log: scan.log,
    status: scan.status,
    ...(scan.status === "open" && {
      stage: scan.stage,
      lease: scan.lease,
      budgets: [scan.attempt, scan.crashes, scan.unavailableSince],
      sent: [scan.readyAt, scan.sentAt, scan.lost],
    }),
    redrives: [scan.redrives, scan.automatic, scan.decision],
    ends: [scan.parkedAt, scan.endedAt],
  };

export function summaryOfObserved({ state, events }: Observed): ReturnType<typeof summaryOf> {
  if (!state) return null;
  const status = state.status === "queued" || state.status === "running" ? "open" : state.status;
  return {
    log: events.map(nameOf),
    status,
    ...(status === "open" && {
      stage: state.stage,
      lease: state.lease && { id: state.lease.id, until: state.lease.expiresAt },
      budgets: [state.attempt, state.crashes, state.unavailableSince],
      sent: [state.readyAt, state.dispatchedAt, state.dispatches],
    }),
    redrives: [state.redrives, state.automaticRedrives, state.redrivenBy],
    ends: [state.parkedAt, state.endedAt],
  };
}
