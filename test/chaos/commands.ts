import { runInDurableObject } from "cloudflare:test";
import { z } from "zod";
import type { ScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import type { Choice } from "../../src/pipeline/decisions/interventions.ts";
import type { StageResult } from "../../src/pipeline/decisions/attempts.ts";
import type { Checkpoints, StageName } from "../../src/pipeline/stages/stage-table.ts";
import { categoryClass } from "../../src/pipeline/taxonomy.ts";
import { buildSubmission, failure, stageOutputs, unclearVision } from "../support/job-builders.ts";
import type { CommandName, Commands, Reward } from "./model/scan.ts";

/** Texts of an answer are the beginnings of this one. */
export const wholeText = "병을 비우고 라벨을 떼어 투명 페트병 수거함에 넣어 주세요.";

const choices: Record<string, Choice> = {
  glass: { by: "category", classification: categoryClass("유리병"), situation_tags: [] },
  metal: { by: "category", classification: categoryClass("금속류"), situation_tags: [] },
};
const choiceOf = (name: string): Choice => {
  const choice = choices[name];
  if (!choice) throw new RangeError(`There is no choice ${name}`);
  return choice;
};

/** What the reward stage says when the catalog has the character, was not reached in time, or has none. */
const rewardOutputs: Record<Reward, Required<Checkpoints>["reward"]> = {
  announced: stageOutputs.reward,
  pending: { reward: null, reward_pending: true },
  none: { reward: null, reward_pending: false },
};

function resultOf(stage: StageName, { asks, reward }: Commands["complete"]): StageResult {
  if (stage === "vision" && asks) return { stage, output: unclearVision };
  if (stage === "reward") return { stage, output: rewardOutputs[reward] };
  return { stage, output: stageOutputs[stage] };
}

export interface Owned {
  jobId: string;
  userId: string;
}

type Job = DurableObjectStub<ScanJob>;

const Reply = z.union([
  z.string(),
  z.object({ verdict: z.literal("run"), attempt: z.int() }).transform((it) => `run ${it.attempt}`),
  z.object({ verdict: z.string() }).transform(({ verdict }) => verdict),
  z.object({ reply: z.string() }).transform(({ reply }) => reply),
  z.object({ recovered: z.boolean() }).transform(() => "recorded"),
]);

type Calls = {
  [Name in CommandName]: (
    job: Job,
    command: Commands[Name],
    owned: Owned,
  ) => Promise<object | string>;
};

const calls: Calls = {
  submit: (job, { body, keyed }, { jobId, userId }) =>
    job.submit(
      buildSubmission(
        { user_input: body, callback_url: "https://hooks.example.com/" },
        { jobId, userId, keyed },
      ),
    ),
  claim: (job, { stage, lease }) => job.claim(stage, lease),
  complete(job, command) {
    const [first, ...others] = command.stages.map((stage) => resultOf(stage, command));
    if (!first) throw new RangeError("A hop has a stage");
    return job.complete(command.lease, [first, ...others]);
  },
  retry: (job, { stage, lease, counts, waitMs }) =>
    job.retry(stage, lease, failure, { countsAsAttempt: counts, retryAfterMs: waitMs }),
  fail: (job, { stage, lease }) => job.fail(stage, lease, failure),
  renew: (job, { stage, lease, length }) => job.renew(stage, lease, wholeText.slice(0, length)),
  publishText: (job, { stage, lease, length }) =>
    job.publishText(stage, lease, wholeText.slice(0, length)),
  async park(job, { stage, redrives }) {
    const reply = await job.park(stage, redrives);
    return typeof reply === "string" ? reply : "parked";
  },
  resume: (job, { stage, decision, from, automatic }) =>
    job.resume(stage, decision, { from, automatic }),
  archive: (job) => job.archive(failure),
  postpone: (job, { stage, until }) => job.postpone(stage, until, "scripted"),
  async cancel(job, _, { userId }) {
    const reply = await job.cancel(userId);
    return typeof reply === "string" ? reply : reply.status;
  },
  confirm: (job, { choice }, { userId }) => job.confirm(userId, choiceOf(choice)),
  wake: (job, { by }) =>
    by === "cron"
      ? job.recover()
      : runInDurableObject(job, async (object: ScanJob, { storage }) => {
          await storage.deleteAlarm();
          await object.alarm();
          return "checked";
        }),
  async erase(job) {
    return (await job.erase()) === "not-found" ? "not-found" : "erased";
  },
};

/** Carries a command out on the object of a scan. Returns what it replies, in a word. */
export async function call<Name extends CommandName>(
  name: Name,
  job: Job,
  command: Commands[Name],
  owned: Owned,
): Promise<string> {
  return Reply.parse(await calls[name](job, command, owned));
}
