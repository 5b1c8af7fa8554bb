import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobStatus } from "../../src/pipeline/job.ts";
import { ScanEventsMessage, StageMessage, WebhookMessage } from "../../src/pipeline/messages.ts";
import { leaseOf } from "../../src/pipeline/lease.ts";
import { hopFrom, type StageName } from "../../src/pipeline/stages/stage-table.ts";
import { categoryClass } from "../../src/pipeline/taxonomy.ts";
import {
  buildSubmission,
  claimStage,
  completeStages,
  completeUnclear,
  failure,
  jobOf,
  parkJob,
  stageOutputs,
} from "../support/job-builders.ts";
import { type FaultKind, faults } from "./faults.ts";
import { brokenInLog } from "./invariants.ts";
import { hour, week } from "./model/scan.ts";
import { checkEveryMs } from "../../src/pipeline/decisions/watchdog-check.ts";
import { observe } from "./observe.ts";

beforeEach(() => {
  // Far ahead, so that no alarm goes off by itself.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1) });
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation(() => {});
  }
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

type Scan = Awaited<ReturnType<typeof submitted>>;

/** An admitted scan with its callers: queues that deliver twice, and the platform, which repeats an alarm. */
async function submitted() {
  const userId = crypto.randomUUID();
  const submission = buildSubmission({ callback_url: "https://hooks.example.com/" }, { userId });
  const { jobId } = submission;
  const account = env.USER_ACCOUNT.getByName(userId);
  await account.admit(jobId, { perDay: null, atOnce: null });
  const mail: StageMessage[] = [];
  const published = new Set<string>();
  faults.send = (queue, body) => () => {
    const message = StageMessage.safeParse(body).data;
    if (message && !queue.startsWith("DLQ")) mail.push(message);
    else for (const name of namesOf(queue, body)) published.add(name);
  };
  const scan = { submission, jobId, userId, account, mail, published, lease: "" };
  await jobOf(jobId).submit(submission);
  return scan;
}

function namesOf(queue: string, body: unknown): string[] {
  const webhook = WebhookMessage.safeParse(body).data;
  const events = ScanEventsMessage.safeParse(body).data?.events ?? [];
  if (webhook) return [`${queue} ${webhook.payload.type}`];
  return events.length > 0 ? events.map(({ type }) => `${queue} ${type}`) : [queue];
}

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

/** The platform fires the alarm that is due, and fires it again when it dies. */
async function fire({ jobId }: Scan) {
  await runDurableObjectAlarm(jobOf(jobId)).catch(() => {});
  const { state, alarm } = await observe(jobOf(jobId));
  if (!state || alarm !== null) return;
  await runInDurableObject(jobOf(jobId), (_, { storage }) => storage.setAlarm(Date.now()));
  await runDurableObjectAlarm(jobOf(jobId));
}

/** A message arrives twice, the second time after it was handled. */
async function deliverTwice(jobId: string, stage: StageName) {
  const id = crypto.randomUUID();
  for (const lease of [leaseOf(id, 1), leaseOf(id, 1)]) {
    const reply = await jobOf(jobId).claim(stage, lease);
    if (typeof reply === "string" || reply.verdict !== "run") continue;
    const [first = stage, ...others] = hopFrom(stage);
    const resultOf = (name: StageName) => ({ stage: name, output: stageOutputs[name] });
    await jobOf(jobId).complete(lease, [resultOf(first), ...others.map(resultOf)]);
  }
}

/** Queues deliver, the newest message first, and alarms that are soon fire, until the scan rests. */
async function settle(scan: Scan) {
  const { jobId, mail } = scan;
  for (let round = 0; round < 20; round++) {
    const message = mail.pop();
    const { state, alarm } = await observe(jobOf(jobId));
    const isSoon = alarm !== null && alarm <= Date.now() + checkEveryMs;
    if (message) await deliverTwice(jobId, message.stage);
    else if (state && isSoon) {
      wait(Math.max(0, alarm - Date.now()));
      await fire(scan);
    } else return;
  }
  throw new Error("The scan does not come to rest");
}

/** What is left in the end, without times. */
async function endOf({ jobId, account, published }: Scan) {
  const { state, events, keys } = await observe(jobOf(jobId));
  expect(brokenInLog(events)).toEqual([]);
  const { owned } = await account.admit(crypto.randomUUID(), { perDay: null, atOnce: null });
  return {
    state: state && {
      status: state.status,
      stage: state.stage,
      checkpoints: state.checkpoints,
      visionCalls: state.calls.filter(({ stage }) => stage === "vision").length,
      redrives: [state.redrives, state.automaticRedrives],
      confirmed: state.confirmation?.classification,
      error: state.error,
    },
    keys: state ? [] : keys,
    owned,
    published: Array.from(published).toSorted(),
  };
}

interface Operation {
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

async function parked({ jobId, published }: Scan) {
  await completeStages(jobOf(jobId), ["vision", "rule"]);
  await parkJob(jobOf(jobId), "answer");
  published.clear();
}
const ended = ({ jobId }: Scan) => completeStages(jobOf(jobId));

const operations: Record<string, Operation> = {
  submit: {
    ends: "completed",
    arrange: ({ jobId }) => jobOf(jobId).erase(),
    act: ({ jobId, submission }) => jobOf(jobId).submit(submission),
  },
  "grant at the end": {
    ends: "completed",
    async arrange(scan) {
      await completeStages(jobOf(scan.jobId), ["vision", "rule"]);
      scan.lease = leaseOf("answers", 1);
      await jobOf(scan.jobId).claim("answer", scan.lease);
    },
    act: ({ jobId, lease }) => jobOf(jobId).complete(lease, [...answered]),
    repeat: ({ jobId }) => deliverTwice(jobId, "answer"),
  },
  "publish by the alarm": {
    ends: "completed",
    async arrange({ jobId }) {
      await completeStages(jobOf(jobId), ["vision", "rule", "answer"]);
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

/** Carries an operation out that dies at an await, and all that its callers do then. */
async function carryOut({ arrange, act, repeat = act }: Operation, kind: Death, at: number) {
  const scan = await submitted();
  await arrange(scan);
  if (at > 0) faults.arm(kind, at);
  await act(scan).catch(() => {});
  const hasDied = faults.disarm();
  if (hasDied) await repeat(scan).catch(() => {});
  await settle(scan);
  // Late copies of dead letters, of a stage that has moved on and of one that is parked.
  for (const stage of ["vision", "answer"] as const) await jobOf(scan.jobId).park(stage, 7);
  return { hasDied, end: await endOf(scan) };
}

type Death = Extract<FaultKind, `dies-${string}`>;
const deaths: [string, Death][] = [
  ["before its writes are durable", "dies-uncommitted"],
  ["before a call", "dies-before"],
  ["after a call", "dies-after"],
];

describe.each(Object.entries(operations))("%s", (_, operation) => {
  it.each(deaths)("ends as without a death when its object dies %s", async (_, kind) => {
    const { end: expected } = await carryOut(operation, kind, 0);
    expect(expected.state?.status ?? null).toBe(operation.ends);
    let died = 0;
    for (;;) {
      const { hasDied, end } = await carryOut(operation, kind, died + 1);
      expect({ at: died + 1, ...end }).toEqual({ at: died + 1, ...expected });
      if (!hasDied) break;
      died++;
    }
    expect(died).toBeGreaterThan(0);
  });
});
