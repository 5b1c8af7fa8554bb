import { leaseMs } from "../../src/pipeline/lease.ts";
import { resultOf } from "../../src/pipeline/result.ts";
import { jobOf } from "../support/job-builders.ts";
import { brokenInLog } from "./invariants.ts";
import { alarmDue, recordOf } from "./model/apply.ts";
import { type IdempotencyRecord, isEnded, type MaybeScan, type Scan } from "./model/scan.ts";
import { observe, type Observed, summaryOf, summaryOfObserved } from "./observe.ts";
import type { Tracked } from "./tracked.ts";
import type { World } from "./world.ts";

/** Compares the object of a scan with the model, which is in one of these states. */
export async function compare(
  world: World,
  job: Tracked,
  name: string,
  candidates: readonly MaybeScan[],
) {
  const before = job.scan;
  const unpublishedBefore = before ? world.unpublished(job) : [];
  const observed = await observe(jobOf(job.jobId));
  const summary = JSON.stringify(summaryOfObserved(observed));
  const match = candidates.find((it) => JSON.stringify(summaryOf(it)) === summary);
  if (match === undefined) {
    const wanted = candidates.map((it) => JSON.stringify(summaryOf(it))).join("\n or ");
    world.fail(job, [`after ${name} it is\n    ${summary}\n not ${wanted}`]);
  }
  if (!before && match) {
    job.generation++;
    job.isErased = false;
    world.sink.begin(job);
  }
  if (before && !match) {
    job.isErased = name === "erase";
    job.wasErased ||= job.isErased;
    job.record = job.isErased ? null : recordOf(before, world.now);
  }
  if (match) job.record = null;
  job.scan = match;
  job.observed = observed;
  if (match) job.logs[job.generation] = observed.events;
  if (before && !match && name === "wake" && unpublishedBefore.length > 0) {
    world.fail(job, ["purged, and not published:", ...unpublishedBefore]);
  }
  const broken = match
    ? brokenWhileAlive(world, job, match)
    : brokenWhenGone(observed, job.record, world.now);
  if (broken.length > 0) world.fail(job, [`after ${name}`, ...broken]);
}

function brokenWhileAlive(world: World, job: Tracked, scan: Scan): string[] {
  const { events, alarm, state } = job.observed;
  const due = alarmDue(scan, world.unpublished(job).length === 0, world.now);
  return [
    ...brokenInLog(events),
    ...(alarm === null ? ["it has no alarm"] : []),
    ...(alarm !== null && alarm > due ? [`its alarm is ${alarm - due} ms late`] : []),
    ...(scan.status === "parked" && !state?.error ? ["it is parked without a reason"] : []),
    ...(isEnded(scan) ? brokenResult(job.observed, scan) : []),
  ];
}

/** What a client reads of the reward of an ended scan: a character that is matched later is announced as pending. */
function brokenResult({ state }: Observed, { status, reward }: Scan): string[] {
  const result = state && resultOf(state);
  const shown = JSON.stringify([result?.reward?.name ?? null, result?.reward_pending]);
  const left = status === "completed" ? reward : "none";
  const name = left === "announced" ? "페티" : null;
  const wanted = JSON.stringify([name, left === "pending"]);
  return shown === wanted ? [] : [`its result shows ${shown} of the reward instead of ${wanted}`];
}

function brokenWhenGone(
  { events, alarm, keys }: Observed,
  record: IdempotencyRecord | null,
  now: number,
) {
  const isRight = record
    ? keys.length === 1 && alarm !== null && alarm <= Math.max(record.until, now + leaseMs)
    : keys.length === 0 && alarm === null;
  return [
    ...(events.length > 0 ? ["its log is left"] : []),
    ...(isRight ? [] : [`${keys.join()} and the alarm ${alarm} are left`]),
  ];
}
