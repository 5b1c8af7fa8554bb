import { redriveDue } from "../../src/cron/redrive-due.ts";
import { compare } from "./compare.ts";
import { compareCrowd, readCrowd } from "./crowd.ts";
import { brokenRows, compareRows, readRows, recordDeadLetter } from "./dead-letter-rows.ts";
import { type Fault, faults } from "./faults.ts";
import { apply } from "./model/apply.ts";
import { type Known, redriveLimit, runRedrives } from "./model/dead-letters.ts";
import type { MaybeScan } from "./model/scan.ts";
import { faultyProcess } from "./process-bindings.ts";
import type { Tracked } from "./tracked.ts";
import type { World } from "./world.ts";

/** What the sweep makes of a scan, if it finds it overdue. */
const woken = (scan: MaybeScan, now: number) => apply("wake", scan, null, { by: "cron" }, now).scan;

/** A run of the cron, which redrives dead letters and sweeps overdue scans, with a fault in the middle. */
export async function runCron(world: World, fault: Fault | null) {
  if (world.held) return;
  for (const late of world.unrecorded.splice(0)) await recordDeadLetter(world, late);
  const { now } = world;
  const crowd = await readCrowd(world);
  const known = world.jobs.map(({ scan, rows }): Known => ({ scan, rows }));
  const redriven = world.jobs.map((job) =>
    runRedrives(job, job.jobId, (stage) => crowd.due(stage), now),
  );
  const line = world.note("cron");
  const sent = world.sent.mail.length;
  const hasFired = await redriveUnder(world, fault);
  if (hasFired && fault) world.trace[line] += `, ${fault.kind} at await ${fault.at}`;
  for (const [index, job] of world.jobs.entries()) {
    const [before, after] = [known[index], redriven[index]];
    if (!before || !after) continue;
    const either = hasFired ? [before.scan, woken(before.scan, now)] : [];
    await compare(world, job, "wake", [after.scan, woken(after.scan, now), ...either]);
    if (hasFired) {
      const rows = await readRows(job);
      const broken = brokenRows(before.rows, rows);
      if (broken.length > 0) world.fail(job, broken);
      job.rows = rows;
    } else {
      await compareRows(world, job, after.rows);
      checkRun(world, job, { before: before.scan, after: after.scan, sent });
    }
  }
  await compareCrowd(world, crowd);
}

/** Runs it as a process that may die. Returns whether the fault has happened. */
async function redriveUnder(world: World, fault: Fault | null): Promise<boolean> {
  if (fault && fault.kind !== "held" && !world.isCrowded) faults.arm(fault.kind, fault.at);
  try {
    await redriveDue(faultyProcess(false).bindings);
  } catch (error) {
    if (!faults.hasFired) world.fail(null, [`the cron threw ${String(error)}`]);
  }
  return faults.disarm();
}

/** A scan that is redriven has its message, and one that is archived has used up its redrives. */
function checkRun(
  world: World,
  job: Tracked,
  { before, after, sent }: { before: MaybeScan; after: MaybeScan; sent: number },
) {
  if (!before || !after || before === after) return;
  const mail = world.sent.mail.slice(sent).filter(({ jobId }) => jobId === job.jobId);
  if (after.redrives > before.redrives && mail.length === 0) {
    world.fail(job, ["it was redriven without a message"]);
  }
  if (after.status === "failed" && after.automatic !== redriveLimit) {
    world.fail(job, [`it was archived after ${after.automatic} automatic redrives`]);
  }
}
