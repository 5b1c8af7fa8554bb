import { redriveSources } from "../dead-letters/automatic-redrive.ts";
import { stageSources, writeSources } from "../dead-letters/dead-letter-kind.ts";
import { deleteSettled } from "../dead-letters/dead-letter-store.ts";
import { runningRedrives } from "../dead-letters/operated-redrives.ts";
import { models } from "../models/catalog.ts";
import { callJob } from "../objects.ts";
import { readControl } from "../control-client.ts";
import { notFound } from "../pipeline/refusals.ts";
import { log } from "../platform/log.ts";
import { deleteExpiredDeliveries } from "../webhooks/delivery-store.ts";
import { overdueJobs, untrackJob } from "./open-jobs.ts";

/** A job whose alarm was due so long ago has lost it, ms. */
const overdueMs = 5 * 60 * 1000;
const wakesPerRun = 100;

/** One run of the automatic redrive, of retention, and of the sweep for jobs that are overdue. */
export async function redriveDue(env: Env): Promise<void> {
  const control = await readControl(env);
  const exceptModels = models
    .filter(({ provider }) => control.isOpen(provider))
    .map(({ name }) => name);
  const stages = stageSources.filter(
    (it) => it.kind === "stage" && control.pauseOf(it.source) === null,
  );
  await redriveSources(env, [...stages, ...writeSources], exceptModels);
  // An operated redrive whose object never began, or lost its alarm, goes on.
  for (const id of await runningRedrives(env.DB)) await env.REDRIVE.getByName(id).start(id);
  await deleteSettled(env.DB, Date.now());
  await deleteExpiredDeliveries(env.DB, Date.now());
  await wakeOverdueJobs(env);
}

/** Wakes jobs whose alarm was lost, and untracks those that do not exist any more. */
async function wakeOverdueJobs(env: Env) {
  const jobs = await overdueJobs(env.DB, Date.now() - overdueMs, wakesPerRun);
  for (const jobId of jobs) {
    try {
      const reply = await callJob(env, jobId, (job) => job.recover());
      if (reply === notFound) await untrackJob(env.DB, jobId);
    } catch (error) {
      log("error", "open_jobs.job_unreachable", { job: jobId, error: String(error) });
    }
  }
  if (jobs.length > 0) log("warn", "open_jobs.overdue", { jobs: jobs.length });
}
