import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { ScanEventsMessage, StageMessage, WebhookMessage } from "../../../src/pipeline/messages.ts";
import { checkEveryMs } from "../../../src/pipeline/decisions/watchdog-check.ts";
import { leaseOf } from "../../../src/pipeline/lease.ts";
import { hopFrom, type StageName } from "../../../src/pipeline/stages/stage-table.ts";
import { buildSubmission, jobOf, stageOutputs } from "../../support/job-builders.ts";
import { faults } from "../faults.ts";
import { brokenInLog } from "../invariants.ts";
import { observe } from "../observe.ts";

export type Scan = Awaited<ReturnType<typeof submitted>>;

/** An admitted scan with its callers: queues that deliver twice, and the platform, which repeats an alarm. */
export async function submitted() {
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

export const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

/** The platform fires the alarm that is due, and fires it again when it dies. */
export async function fire({ jobId }: Scan) {
  await runDurableObjectAlarm(jobOf(jobId)).catch(() => {});
  const { state, alarm } = await observe(jobOf(jobId));
  if (!state || alarm !== null) return;
  await runInDurableObject(jobOf(jobId), (_, { storage }) => storage.setAlarm(Date.now()));
  await runDurableObjectAlarm(jobOf(jobId));
}

/** A message arrives twice, the second time after it was handled. */
export async function deliverTwice(jobId: string, stage: StageName) {
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
export async function settle(scan: Scan) {
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
export async function endOf({ jobId, account, published }: Scan) {
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
