import { hopStarts, queueName, stages } from "../src/pipeline/stages/stage-table.ts";
import { type Usage, usageOf } from "./scan-cost.ts";
import { mapTallies, type Operation, type Operations, type Tally } from "./operations.ts";

const stageQueues = new Set(stages.map(({ name }) => queueName(name)));

/** A job's object as the Workflow would still need it: to show an answer while it is being written. */
export const stillCalled: ReadonlySet<string> = new Set(["ScanJob.publishText", "ScanJob.fetch"]);

const without = (tally: Tally, isGone: (name: string) => boolean): Tally =>
  Object.fromEntries(Object.entries(tally).filter(([name]) => !isGone(name)));

const ofJob = (name: string) => name === "ScanJob" || name.startsWith("ScanJob.");

/** As few steps as there are hops over a queue: what runs behind a stage is in its step. */
export const fewestSteps = hopStarts.length;

const ofStage = (queue: string) => stageQueues.has(queue);

/** What a Workflow does in its own way, by what is counted. */
const gone: Partial<Record<Operation, (name: string) => boolean>> = {
  objectCalls: (name) => ofJob(name) && !stillCalled.has(name),
  objectAlarms: ofJob,
  objectRowsWritten: ofJob,
  objectRowsRead: ofJob,
  queueBatches: ofStage,
  queueWrites: ofStage,
  queueReads: ofStage,
  queueDeletes: ofStage,
};

/**
 * What the same scan would use as a Workflow of one step a stage, from the same counts. It is an
 * instance more, which is billed as a request, and its steps; without the stages' queues and without the
 * job's log, alarms and calls. What else a scan needs stays as it was counted: the page's requests, the
 * user's object for quota and characters, the events and saves with their queues and D1, the photo, KV,
 * logs, CPU, and an object with a socket for the text while it is written, which Workflows' own events
 * do not carry.
 */
export function usageOnWorkflows({ perScan, cpuMs }: Operations): Usage {
  const counts = mapTallies(perScan, (tally, operation) => {
    const isGone = gone[operation];
    return isGone ? without(tally, isGone) : tally;
  });
  counts.requests["a Workflow's instance"] = 1;
  return { ...usageOf(counts, cpuMs), workflowSteps: stages.length };
}
