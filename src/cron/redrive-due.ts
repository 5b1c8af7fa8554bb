import { adaptersOf } from "../adapters.ts";
import { cachedControl, readControl, tryControl } from "../control-client.ts";
import { redriveSources, resolveOverdueRedrives } from "../dead-letters/redrive-sources.ts";
import { stageSources, type StageSource, writeSources } from "../dead-letters/dead-letter-kind.ts";
import { deleteSettled } from "../dead-letters/dead-letter-store.ts";
import { runningRedrives } from "../dead-letters/operated-redrives.ts";
import { models } from "../models/catalog.ts";
import { modelAvailability } from "../models/model-availability.ts";
import { callJob, startRedrive } from "../objects.ts";
import { pauseCodes, providerCodes, redrivesPerRun } from "../pipeline/redrive-policy.ts";
import type { StageName } from "../pipeline/stages/stage-table.ts";
import { notFound } from "../pipeline/refusals.ts";
import { forEachAlone } from "../platform/for-each-alone.ts";
import { log } from "../platform/log.ts";
import { deleteExpiredDeliveries } from "../webhooks/delivery-store.ts";
import { takeOverdueJobs, untrackJob } from "./open-jobs.ts";

/** A job whose alarm was due so long ago has lost it, ms. */
const overdueMs = 5 * 60 * 1000;
const wakesPerRun = 100;

/** One run of the automatic redrive, of retention, and of the sweep for jobs that are overdue: each by itself. */
export const redriveDue = (env: Env): Promise<void> =>
  forEachAlone(
    [resolveOverdueRedrives, redriveParked, resumeRedrives, deleteExpired, wakeOverdueJobs],
    (step) => step(env),
  );

async function redriveParked(env: Env) {
  const control = await readControl(env);
  const { unavailable, probes } = modelAvailability(adaptersOf(env).models, control);
  const stages = stageSources.filter(({ source }) => control.pauseOf(source) === null);
  const due = { dueCodes: null, exceptModels: unavailable, limit: redrivesPerRun };
  await redriveSources(env, [...stages, ...writeSources], due);
  // One job decides whether a provider is back; its success redrives the others.
  for (const exceptModels of probes) await probe(env, stages, exceptModels);
}

/** An operated redrive whose object never began, or lost its alarm, goes on. */
const resumeRedrives = async (env: Env) =>
  forEachAlone(await runningRedrives(env.DB), (id) => startRedrive(env, id));

const deleteExpired = ({ DB }: Env) =>
  forEachAlone([deleteSettled, deleteExpiredDeliveries], (expired) => expired(DB, Date.now()));

/** What is over: the outage of a provider, or the pause of a stage. */
export type Recovered = { provider: string } | { stage: StageName };

/**
 * Redrives at once what the outage or the pause has parked; at most 50 of a stage.
 * @returns how many dead letters were redriven.
 */
export async function redriveRecovered(env: Env, recovered: Recovered): Promise<number> {
  // Not the cached view: it may be from before the end of the outage.
  await tryControl(env, (object) => object.snapshot());
  const control = cachedControl(env);
  const registry = adaptersOf(env).models;
  const { unavailable } = modelAvailability(registry, control);
  const stages = stageSources.filter(({ source }) => control.pauseOf(source) === null);
  if ("stage" in recovered) {
    const own = stages.filter(({ source }) => source === recovered.stage);
    const claim = { dueCodes: pauseCodes, exceptModels: unavailable, limit: redrivesPerRun };
    return redriveSources(env, own, claim);
  }
  const exceptModels = models
    .map(({ name }) => name)
    .filter((name) => {
      const isServed = registry.providersOf(name).includes(recovered.provider);
      return !isServed || unavailable.includes(name);
    });
  return redriveSources(env, stages, {
    dueCodes: providerCodes,
    exceptModels,
    limit: redrivesPerRun,
  });
}

async function probe(env: Env, stages: readonly StageSource[], exceptModels: readonly string[]) {
  for (const stage of stages) {
    if ((await redriveSources(env, [stage], { dueCodes: null, exceptModels, limit: 1 })) > 0)
      return;
  }
}

/** Wakes jobs whose alarm was lost, and untracks those that do not exist any more. */
async function wakeOverdueJobs(env: Env) {
  const jobs = await takeOverdueJobs(env.DB, Date.now(), overdueMs, wakesPerRun);
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
