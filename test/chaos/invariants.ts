import type { EventFrame } from "../../src/pipeline/frames.ts";
import type { JobEvent } from "../../src/pipeline/job-events.ts";
import {
  type Checkpoints,
  type StageName,
  stageNames,
  stageOf,
} from "../../src/pipeline/stages/stage-table.ts";
import { redriveLimit } from "./model/dead-letters.ts";
import type { Reward } from "./model/scan.ts";
import { iso } from "../../src/platform/iso.ts";

/** What every log of a scan must be, whatever happened. Returns what is broken. */
export function brokenInLog(events: readonly JobEvent[]): string[] {
  const broken: string[] = [];
  const done = new Set<StageName>();
  let runs = 0;
  let automatic = 0;
  let hasEnded = false;
  for (const [index, event] of events.entries()) {
    if (event.seq !== index) broken.push(`seq ${event.seq} is at ${index}`);
    if ((event.type === "queued") !== (index === 0)) broken.push(`${index} is ${event.type}`);
    if (hasEnded && event.type !== "confirmed") broken.push(`${event.type} follows done`);
    hasEnded = event.type === "done";
    if (hasEnded) runs++;
    if (event.type === "completed") {
      if (done.has(event.stage)) broken.push(`${event.stage} was bought twice`);
      done.add(event.stage);
    }
    if (event.type === "started") {
      if (done.has(event.stage)) broken.push(`${event.stage} runs after its checkpoint`);
      if (event.attempt > stageOf(event.stage).attempts) broken.push("too many attempts");
    }
    if (event.type === "resumed") {
      for (const stage of stageNames.slice(stageNames.indexOf(event.stage))) done.delete(stage);
      automatic += event.automatic ? 1 : 0;
    }
    if (event.type === "confirmed") {
      for (const stage of stageNames.slice(1)) done.delete(stage);
    }
    if (event.type === "parked" && !event.error.code) broken.push("parked without a reason");
  }
  const confirmed = events.filter(({ type }) => type === "confirmed").length;
  if (runs > 1 + confirmed || confirmed > 1)
    broken.push(`${runs} ends, ${confirmed} confirmations`);
  if (automatic > redriveLimit) broken.push(`${automatic} automatic redrives`);
  return broken;
}

const eventsOfStages: Partial<Record<StageName, string>> = {
  vision: "scan.classified",
  rule: "scan.rules_retrieved",
  answer: "scan.answered",
  reward: "scan.rewarded",
};

const noCharacter = "without character";

const rewardOf = (output: Checkpoints["reward"]): Reward =>
  output?.reward ? "announced" : output?.reward_pending ? "pending" : "none";

/** The effects that a log promises, by name. */
export function effectsOfLog(events: readonly JobEvent[]): string[] {
  const effects: string[] = [];
  const types: string[] = [];
  let reward: Reward = "none";
  let status = "completed";
  let redrives = 0;
  for (const event of events) {
    const isLast = event.seq === events.length - 1;
    switch (event.type) {
      case "queued":
        types.push("scan.requested");
        break;
      case "completed": {
        if ("reward" in event.output) reward = rewardOf(event.output);
        const published = eventsOfStages[event.stage];
        if (published) types.push(published);
        break;
      }
      case "parked":
        types.push("scan.parked");
        effects.push(`webhook ${event.seq}`);
        if (isLast) effects.push(`dead letter ${event.stage} ${redrives}`);
        break;
      case "resumed":
        redrives++;
        break;
      case "failed":
      case "cancelled":
        status = event.type;
        break;
      case "confirmed":
        types.push("scan.confirmed");
        break;
      case "done":
        types.push(status === "completed" ? "scan.completed" : "scan.failed");
        effects.push(`webhook ${event.seq}`);
        if (status !== "completed") reward = "none";
        effects.push(`end ${event.at} ${reward === "announced" ? "char-petty" : noCharacter}`);
        // The reward of a run that is continued is dropped.
        if (isLast && reward === "pending") effects.push(`match ${event.at}`);
        break;
      case "started":
      case "retrying":
      case "postponed":
      case "steps_done":
        break;
    }
  }
  return [...effects, ...types.map((type, seq) => `event ${seq} ${type}`)];
}

/** What each run has left its user, in order. */
export const rewardsOf = (events: readonly JobEvent[]): Reward[] =>
  events.flatMap((event) =>
    event.type === "completed" && "reward" in event.output ? [rewardOf(event.output)] : [],
  );

/** What the last run has left its user; `none` while it goes on, and when it has not completed. */
export const lastReward = (events: readonly JobEvent[]): Reward => {
  const last = events.at(-2);
  const hasCompleted = events.at(-1)?.type === "done" && last?.type === "completed";
  return hasCompleted ? (rewardsOf(events).at(-1) ?? "none") : "none";
};

/** The frames whose names are not those of their events. */
const steps: Partial<Record<JobEvent["type"], string>> = {
  queued: "queued started",
  done: "done completed",
  confirmed: "vision confirmed",
};

/** A frame's stage and status, from its event. */
function stepOf(event: JobEvent): string {
  const status = event.type === "postponed" ? "retrying" : event.type;
  return steps[event.type] ?? ("stage" in event ? `${event.stage} ${status}` : status);
}

/** What a subscriber with a cursor must have seen of a log: all of it in order, up to where it was cut. */
export function brokenFrames(
  frames: readonly EventFrame[],
  after: number,
  log: readonly JobEvent[],
): string[] {
  return frames.flatMap((frame, index) => {
    const seq = after + 1 + index;
    const event = log[seq];
    const step = `${frame.stage} ${frame.status}`;
    // The end of a run that was continued ends no stream.
    const isContinued = step === "done resumed" && event?.type === "done" && seq < log.length - 1;
    const isRight =
      event &&
      frame.seq === seq &&
      frame.ts === iso(event.at) &&
      (isContinued || step === stepOf(event));
    return isRight
      ? []
      : [`frame ${frame.seq} ${step} instead of ${seq} ${event && stepOf(event)}`];
  });
}
