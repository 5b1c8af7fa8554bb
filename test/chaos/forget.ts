import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { sql } from "../../src/platform/sql.ts";
import type { Tracked } from "./tracked.ts";
import type { World } from "./world.ts";

/** The dead letters of a scan are erased, as those of its user are. */
export async function forgetDeadLetters(world: World, job: Tracked) {
  world.unrecorded = world.unrecorded.filter(({ jobId }) => jobId !== job.jobId);
  await sql(env.DB)`DELETE FROM dead_letters WHERE kind = 'stage' AND job_id = ${job.jobId}`.run();
  job.rows = [];
}

/**
 * A scan that is gone is submitted anew. The product would give it another id, so that nothing of the earlier scan
 * but late messages may be left.
 */
export async function forgetScan(world: World, job: Tracked) {
  if (job.scan || (job.record && world.now < job.record.until)) return;
  await forgetDeadLetters(world, job);
  await runInDurableObject(world.account(), (_, { storage }) => {
    storage.sql.exec("DELETE FROM scans WHERE id = ?", job.jobId);
  });
}
