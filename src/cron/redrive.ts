import { log } from "../platform/log.ts";
import { models } from "../models/catalog.ts";
import {
  claimDue,
  claimUnheard,
  exhausted,
  forgetSettled,
  type Settled,
} from "../dead-letters/store.ts";
import { overdueJobs, untrackJob } from "./open-jobs.ts";
import { each, giveUp, redrive } from "../dead-letters/redrive-job.ts";
import { runningRedrives } from "../dead-letters/redrive-store.ts";
import { redriveSaves } from "../dead-letters/write-dead-letters.ts";
import { deleteExpiredDeliveries } from "../webhooks/delivery-store.ts";
import { readControl } from "../control-client.ts";
import type { Failure } from "../pipeline/errors.ts";
import { notFound } from "../pipeline/refusals.ts";
import { stageNames } from "../pipeline/stages/stage-table.ts";
import { callJob } from "../objects.ts";

/** A job that should have been awake so long ago is woken, ms. */
const overdueMs = 5 * 60 * 1000;
const wakesPerRun = 100;

/** One run of the automatic redrive, and of the sweep for jobs that have overdueJobs. */
export async function redriveDue(env: Env): Promise<void> {
  const control = await readControl(env);
  const exceptModels = models
    .filter(({ provider }) => control.isOpen(provider))
    .map(({ name }) => name);
  for (const stage of stageNames.filter((name) => !control.pauseOf(name))) {
    const now = Date.now();
    await each(await exhausted(env.DB, stage), (letter) => giveUp(env, letter, usedUp), env);
    const due = await claimDue(env.DB, stage, { now, exceptModels });
    const resumed = await each(due, (letter) => redrive(env, letter), env);
    if (due.length > 0) log("info", "redrive", { stage, taken: due.length, ...tally(resumed) });
  }
  await each(await claimUnheard(env.DB, Date.now()), (letter) => redrive(env, letter), env);
  // An operated redrive whose object never began, or lost its alarm, goes on.
  for (const id of await runningRedrives(env.DB)) await env.REDRIVE.getByName(id).start(id);
  await redriveSaves(env);
  await forgetSettled(env.DB, Date.now());
  await deleteExpiredDeliveries(env.DB, Date.now());
  await wakeOverdueJobs(env);
}

const usedUp: Failure = {
  code: "REDRIVES_USED_UP",
  message: "The scan was tried again several times, and failed each time.",
};

function tally(settled: readonly (Settled | null)[]) {
  const count = (status: Settled["status"]) => settled.filter((it) => it?.status === status).length;
  return { recovered: count("recovered"), archived: count("archived"), parked: count("parked") };
}

/** Wakes jobs whose alarm was lost; one that is gone is taken off the list. */
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
