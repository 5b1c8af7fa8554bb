import type { JobStatus } from "../../../src/pipeline/job.ts";
import { checkEveryMs } from "../../../src/pipeline/decisions/watchdog-check.ts";
import { leaseOf } from "../../../src/pipeline/lease.ts";
import { categoryClass } from "../../../src/pipeline/taxonomy.ts";
import {
  claimStage,
  completeStages,
  stagesBefore,
  completeUnclear,
  failure,
  jobOf,
  parkJob,
  stageOutputs,
} from "../../support/job-builders.ts";
import { faults } from "../faults.ts";
import { hour, week } from "../model/scan.ts";
import { deliverTwice, fire, type Scan, wait } from "./callers.ts";

export interface Operation {
  /** The status of the scan in the end; null when nothing is left of it. */
  ends: JobStatus | null;
  /** What has happened before. */
  arrange: (scan: Scan) => Promise<unknown>;
  act: (scan: Scan) => Promise<unknown>;
  /** What its caller does when there was no answer; without it the same again. */
  repeat?: (scan: Scan) => Promise<unknown>;
}

const glass = {
  by: "category",
  classification: categoryClass("유리병"),
  situation_tags: [],
} as const;
const answered = [
  { stage: "answer", output: stageOutputs.answer },
  { stage: "reward", output: stageOutputs.reward },
] as const;

const pending = { stage: "reward", output: { reward: null, reward_pending: true } } as const;

async function parked({ jobId, published }: Scan) {
  await completeStages(jobOf(jobId), stagesBefore("answer"));
  await parkJob(jobOf(jobId), "answer");
  published.clear();
}
const ended = ({ jobId }: Scan) => completeStages(jobOf(jobId));

/** What may be done to a scan, by name. */
export const operations: Record<string, Operation> = {
  submit: {
    ends: "completed",
    arrange: ({ jobId }) => jobOf(jobId).erase(),
    act: ({ jobId, submission }) => jobOf(jobId).submit(submission),
  },
  "grant at the end": {
    ends: "completed",
    async arrange(scan) {
      await completeStages(jobOf(scan.jobId), stagesBefore("answer"));
      scan.lease = leaseOf("answers", 1);
      await jobOf(scan.jobId).claim("answer", scan.lease);
    },
    act: ({ jobId, lease }) => jobOf(jobId).complete(lease, [...answered]),
    repeat: ({ jobId }) => deliverTwice(jobId, "answer"),
  },
  "leave the reward pending": {
    ends: "completed",
    async arrange(scan) {
      await completeStages(jobOf(scan.jobId), stagesBefore("reward"));
      scan.lease = await claimStage(jobOf(scan.jobId), "reward");
    },
    act: ({ jobId, lease }) => jobOf(jobId).complete(lease, [pending]),
  },
  "publish by the alarm": {
    ends: "completed",
    async arrange({ jobId }) {
      await completeStages(jobOf(jobId), stagesBefore("reward"));
      const lease = await claimStage(jobOf(jobId), "reward");
      faults.arm("fails", 1);
      await jobOf(jobId).complete(lease, [answered[1]]);
      wait(checkEveryMs);
    },
    act: fire,
  },
  "publish a failure": {
    ends: "failed",
    async arrange(scan) {
      scan.lease = await claimStage(jobOf(scan.jobId), "vision");
    },
    act: ({ jobId, lease }) => jobOf(jobId).fail("vision", lease, failure),
  },
  cancel: {
    ends: "cancelled",
    arrange: ({ jobId }) => completeStages(jobOf(jobId), ["vision"]),
    act: ({ jobId, userId }) => jobOf(jobId).cancel(userId),
  },
  purge: {
    ends: null,
    async arrange(scan) {
      await ended(scan);
      wait(hour);
    },
    act: fire,
  },
  "purge a scan that took long": {
    ends: null,
    async arrange(scan) {
      wait(2 * checkEveryMs);
      await ended(scan);
      wait(hour);
    },
    act: fire,
  },
  erase: {
    ends: null,
    arrange: ended,
    act: ({ jobId }) => jobOf(jobId).erase(),
  },
  "erase a parked scan": {
    ends: null,
    arrange: parked,
    act: ({ jobId }) => jobOf(jobId).erase(),
  },
  park: {
    ends: "parked",
    async arrange({ jobId }) {
      wait(hour);
      await jobOf(jobId).inspect();
    },
    act: ({ jobId }) => jobOf(jobId).park("vision", 0),
  },
  resume: {
    ends: "completed",
    arrange: parked,
    act: ({ jobId }) => jobOf(jobId).resume("answer", "first"),
  },
  "resume from an earlier stage": {
    ends: "completed",
    arrange: parked,
    act: ({ jobId }) => jobOf(jobId).resume("answer", "first", { from: "rule", automatic: true }),
  },
  archive: {
    ends: "failed",
    arrange: parked,
    act: ({ jobId }) => jobOf(jobId).archive(failure),
  },
  "wake a scan whose message was lost": {
    ends: "completed",
    async arrange({ mail }) {
      mail.length = 0;
      wait(2 * checkEveryMs);
      await Promise.resolve();
    },
    act: fire,
  },
  "wake a scan whose attempt crashed": {
    ends: "completed",
    async arrange({ jobId, mail }) {
      await claimStage(jobOf(jobId), "vision");
      mail.length = 0;
      wait(checkEveryMs);
    },
    act: fire,
  },
  "wake a scan that was parked for an hour": {
    ends: "parked",
    async arrange(scan) {
      await parked(scan);
      wait(hour);
    },
    act: fire,
  },
  "wake a scan that was parked for a week": {
    ends: "failed",
    async arrange(scan) {
      await parked(scan);
      wait(week);
    },
    act: fire,
  },
  confirm: {
    ends: "completed",
    arrange: ({ jobId }) => completeUnclear(jobOf(jobId)),
    act: ({ jobId, userId }) => jobOf(jobId).confirm(userId, { ...glass, situation_tags: [] }),
  },
};
