import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { pipelineControl } from "../../src/control-client.ts";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { deliverStage } from "../support/queue-messages.ts";
import { buildSubmission, jobOf } from "../support/job-builders.ts";

beforeEach(() => pipelineControl(env).reset("openai"));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const userId = "user-of-the-log";
const Line = z.looseObject({ event: z.string(), job: z.string().optional() });

/** A scan whose model does what the script says, and the lines that are logged of it. */
async function scanOf(script: string) {
  const mocks = (["info", "warn", "error"] as const).map((level) =>
    vi.spyOn(console, level).mockReturnValue(),
  );
  const words = `생수병 ${script} {${crypto.randomUUID()}}`;
  const submission = buildSubmission({ user_input: words, model: "gpt-5.2" }, { userId });
  const { jobId } = submission;
  const job = jobOf(jobId);
  await job.submit(submission);
  return {
    job,
    deliver: async (...stages: StageName[]) => {
      for (const stage of stages) {
        // The wait before a retry is over.
        vi.setSystemTime(Date.now() + 600_000);
        await deliverStage(jobId, stage);
      }
    },
    lines: () => {
      const texts = mocks.flatMap(({ mock }) => mock.calls.map(([line]) => String(line)));
      for (const text of texts)
        expect(text).not.toMatch(new RegExp(`${userId}|${jobId}\\?|생수병`));
      return texts.map((text) => Line.parse(JSON.parse(text))).filter((it) => it.job === jobId);
    },
  };
}

const ofEvent = (lines: z.infer<typeof Line>[], event: string) =>
  lines.filter((it) => it.event === event);

describe("the log", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));

  it("has three lines of a completed scan: one an attempt, and one at its end", async () => {
    const { deliver, lines } = await scanOf("");
    await deliver("vision", "answer");
    expect(lines()).toMatchObject([
      {
        event: "stage.attempt",
        stage: "vision",
        attempt: 1,
        trailing_ms: { rule: expect.any(Number) },
      },
      { event: "scan.ended", status: "completed", attempts: 4, calls: 2, reward: "announced" },
      {
        event: "stage.attempt",
        stage: "answer",
        attempt: 1,
        trailing_ms: { reward: expect.any(Number) },
      },
    ]);
    // A repetition of the message ends nothing again.
    await deliver("answer");
    expect(ofEvent(lines(), "scan.ended")).toHaveLength(1);
  });

  it("has one line an attempt of a scan that is retried", async () => {
    const { deliver, lines } = await scanOf("[vision:500,ok]");
    await deliver("vision", "vision", "answer");
    expect(ofEvent(lines(), "stage.attempt")).toMatchObject([
      {
        stage: "vision",
        attempt: 1,
        outcome: "retrying",
        code: "MODEL_UNAVAILABLE",
        failed_calls: 1,
      },
      { stage: "vision", attempt: 2, outcome: "recorded", cached: false },
      { stage: "answer", attempt: 1, outcome: "recorded" },
    ]);
    expect(ofEvent(lines(), "scan.ended")).toMatchObject([
      { status: "completed", retries: 1, calls: 3, failed_calls: 1 },
    ]);
  });

  it("has of a scan that fails for good the code, in its attempt and at its end", async () => {
    const { deliver, lines } = await scanOf("[vision:400]");
    await deliver("vision");
    const failed = { code: "MODEL_REQUEST_REJECTED", stage: "vision" };
    expect(lines()).toMatchObject([
      { event: "scan.ended", status: "failed", ...failed },
      { event: "stage.attempt", outcome: "failed", ...failed },
    ]);
  });

  it("has of a parked scan its attempts, and the end when it is archived", async () => {
    const { job, deliver, lines } = await scanOf("[vision:500,500,500,500,500]");
    await deliver("vision", "vision", "vision", "vision");
    expect(ofEvent(lines(), "stage.attempt").map((it) => it["outcome"])).toEqual([
      "retrying",
      "retrying",
      "retrying",
      "parked",
    ]);
    expect(ofEvent(lines(), "scan.ended")).toEqual([]);
    await job.archive({ code: "ARCHIVED", message: "scripted" });
    await job.archive({ code: "ARCHIVED", message: "scripted" });
    expect(ofEvent(lines(), "scan.ended")).toMatchObject([
      { status: "failed", code: "ARCHIVED", attempts: 4, retries: 3 },
    ]);
  });

  it("has of a cancelled scan its end, once", async () => {
    const { job, deliver, lines } = await scanOf("");
    await deliver("vision");
    await job.cancel(userId);
    await job.cancel(userId);
    await deliver("answer");
    expect(ofEvent(lines(), "scan.ended")).toMatchObject([
      { status: "cancelled", stage: "answer" },
    ]);
    expect(ofEvent(lines(), "stage.attempt").at(-1)).toMatchObject({ outcome: "duplicate" });
  });
});
