import { categoryClass } from "../../src/pipeline/taxonomy.ts";
import { unstated } from "../../src/pipeline/certainty.ts";
import { env } from "cloudflare:workers";
import type { ScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import { notFound } from "../../src/pipeline/refusals.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import type { Submission } from "../../src/pipeline/submission.ts";
import {
  type Checkpoints,
  hopFrom,
  type StageName,
  stageNames,
} from "../../src/pipeline/stages/stage-table.ts";

export const traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

/** A submission with a unique job id. */
export function buildSubmission(
  request: Partial<ScanRequest> = {},
  rest: Partial<Submission> = {},
): Submission {
  const whole: ScanRequest = {
    photo: null,
    user_input: "생수병",
    model: "offline",
    region: null,
    callback_url: null,
    reuse: true,
    ...request,
  };
  return {
    jobId: crypto.randomUUID(),
    userId: "user-1",
    request: whole,
    requestHash: JSON.stringify(whole),
    keyed: true,
    traceparent,
    lane: "prompt",
    owned: [],
    ...rest,
  };
}

export const jobOf = (jobId: string) => env.SCAN_JOB.getByName(jobId);

const calls = [
  {
    model: "gpt-5.2",
    input_tokens: 100,
    output_tokens: 20,
    cost_usd: 0.000455,
    reused: false,
    error: null,
  },
];

/** The output of each stage for an emptied clear PET bottle. */
export const stageOutputs: Required<Checkpoints> = {
  vision: {
    classification: {
      major_category: "재활용폐기물",
      middle_category: "무색페트병",
      minor_category: "생수병",
    },
    situation_tags: ["내용물_없음"],
    notice: null,
    ...unstated,
    regulation_version: "v1",
    calls,
  },
  rule: {
    rule: {
      key: "재활용폐기물_무색페트병",
      category: { major: "재활용폐기물", middle: "무색페트병" },
      name: "무색페트병",
      summary: "투명한 페트병",
      source: {
        title: "지침",
        publisher: "환경부",
        url: "https://www.law.go.kr/",
        number: "훈령 제18호",
        effective_date: "2026-01-01",
        checked_on: "2026-11-29",
      },
      steps: ["비워 주세요."],
      not_accepted: [],
      checks: [],
      version: "v1",
      group: null,
      when: null,
      local: null,
    },
    region: null,
  },
  answer: {
    disposal_steps: { 단계1: "비워 주세요." },
    insufficiencies: [],
    user_answer: "비워 주세요.",
    calls,
  },
  reward: {
    reward: {
      code: "char-petty",
      name: "페티",
      type: "재활용",
      dialog: "고마워!",
      match_reason: "무색페트병>생수병",
      already_owned: false,
    },
    reward_pending: false,
  },
};

export type Job = DurableObjectStub<ScanJob>;

/** The stages that come before one. */
export const stagesBefore = (stage: StageName): StageName[] =>
  stageNames.slice(0, stageNames.indexOf(stage));
/** The stages that come behind one. */
export const stagesAfter = (stage: StageName): StageName[] =>
  stageNames.slice(stageNames.indexOf(stage) + 1);

/** The vision output of an unclear photo: the resident is asked. */
export const unclearVision = {
  ...stageOutputs.vision,
  classification: categoryClass("금속류"),
  confidence: 0.6,
  candidates: [
    { classification: categoryClass("금속류"), probability: 0.6 },
    { classification: categoryClass("유리병"), probability: 0.3 },
  ],
  asks: "choice" as const,
};

/** Completes a job so that it asks its resident. */
export async function completeUnclear(job: Job, output: typeof unclearVision = unclearVision) {
  await job.complete(await claimStage(job, "vision"), [{ stage: "vision", output }]);
  await completeStages(job, stagesAfter("vision").slice(0, -1));
  const nothing = { stage: "reward", output: { reward: null, reward_pending: false } } as const;
  await job.complete(await claimStage(job, "reward"), [nothing]);
}

/** A job's state; null when there is no such job. */
export async function stateOf(job: Job): Promise<JobState | null> {
  const state = await job.inspect();
  return state === notFound ? null : state;
}

/** Claims a stage and returns the lease. Throws unless the verdict is `run`. */
export async function claimStage(job: Job, stage: StageName): Promise<string> {
  const lease = crypto.randomUUID();
  const reply = await job.claim(stage, lease);
  if (reply === notFound || reply.verdict !== "run") {
    throw new Error(`${stage} cannot run: ${JSON.stringify(reply)}`);
  }
  return lease;
}

export const failure = { code: "MODEL_UNAVAILABLE", message: "scripted" };

/** Uses up a stage's attempts, which parks the job. */
export async function parkJob(job: Job, stage: StageName): Promise<void> {
  for (;;) {
    const reply = await job.retry(stage, await claimStage(job, stage), failure, {
      retryAfterMs: 0,
    });
    if (typeof reply !== "string" && reply.verdict === "parked") return;
  }
}

const resultOf = (stage: StageName) => ({ stage, output: stageOutputs[stage] });

/** Completes all that one message runs, from its stage on. */
export async function completeHop(job: Job, start: StageName) {
  const [first = start, ...others] = hopFrom(start);
  await job.complete(await claimStage(job, start), [resultOf(first), ...others.map(resultOf)]);
}

/** Completes stages with their outputs. */
export async function completeStages(job: Job, names: readonly StageName[] = stageNames) {
  for (const name of names) await job.complete(await claimStage(job, name), [resultOf(name)]);
}
