import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { pipelineControl } from "../../src/control-client.ts";
import { effectsOf } from "../../src/pipeline/effects.ts";
import type { EventDraft, JobEvent } from "../../src/pipeline/job-events.ts";
import { discardedMessage } from "../../src/resident-messages.ts";
import { as, asReader, asked, aUser, jsonType, operated } from "../openapi/driving.ts";
import { buildSubmission, jobOf } from "../support/job-builders.ts";
import { framesOf } from "../support/job-frames.ts";
import { buildParkedJob } from "../support/parked-job.ts";
import { wholeLog } from "../support/scan-event-log.ts";

/** In each text that an operator writes for operators. */
const mark = "OPERATORS-ONLY";
const by = `${mark} kim`;
const why = `${mark} because`;
const notice = "모델을 점검하고 있어요.";
const callback = { callback_url: "https://hooks.example/scan" };

const order = (id: string, body: object, path: Record<string, string> = {}) =>
  operated(id, { path, headers: jsonType, body: JSON.stringify(body) });

/** All that a resident, and who reads for one, gets. */
async function residentTexts(jobId: string, user: string): Promise<string> {
  const of = { path: { id: jobId }, headers: as(user) };
  const own = ["listHistory", "getStats", "getProfile", "listCollection", "listCharacters"];
  const responses = await Promise.all([
    asked("getScan", of),
    asked("getScanResult", of),
    ...own.map((id) => asked(id, { headers: as(user) })),
    asked("listEvents", { headers: asReader, query: "?type=scan.*,catalog.*,token.*&limit=500" }),
  ]);
  const bodies = await Promise.all(responses.map((response) => response.text()));
  const { results: webhooks } = await env.DB.prepare("SELECT * FROM webhook_deliveries").all();
  const frames = await framesOf(jobOf(jobId), user);
  return JSON.stringify([bodies, frames, webhooks, await wholeLog()]);
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterAll(async () => void (await pipelineControl(env).unpause("vision")));

describe("what operators write for operators", () => {
  it("is not shown while a stage is paused; its notice is", async () => {
    const paused = await order("pauseStage", { by, reason: why, notice }, { stage: "vision" });
    expect(await paused.json()).toMatchObject({ by, reason: why, notice });
    const user = aUser();
    const submission = buildSubmission(callback, { userId: user });
    const job = jobOf(submission.jobId);
    await job.submit(submission);
    await job.postpone("vision", Date.now() + 60_000, why, notice);
    const texts = await residentTexts(submission.jobId, user);
    expect(texts).toContain("STAGE_PAUSED");
    expect(texts).toContain(notice);
    expect(texts).not.toContain(mark);
    await order("resumeStage", { by }, { stage: "vision" });
  });

  it("is in no frame of a job whose version stored no notice", async () => {
    const user = aUser();
    const submission = buildSubmission({}, { userId: user });
    const job = jobOf(submission.jobId);
    await job.submit(submission);
    await job.postpone("vision", Date.now() + 60_000, why);
    const texts = JSON.stringify(await framesOf(job, user));
    expect(texts).toContain("The stage is paused.");
    expect(texts).not.toContain(mark);
  });

  it.each([
    ["its notice", notice, notice],
    ["a general sentence", undefined, discardedMessage],
  ])("is not the reason of a discarded scan, but %s is", async (_, given, shown) => {
    const user = aUser();
    const { jobId, state } = await buildParkedJob(callback, { userId: user });
    const begun = await order("decideRedrive", {
      action: "discard",
      filter: { user_id: user },
      by,
      why,
      ...(given && { notice: given }),
    });
    const { id } = z.object({ id: z.string() }).parse(await begun.json());
    while (await runDurableObjectAlarm(env.REDRIVE.getByName(id)));
    expect(await state()).toMatchObject({ error: { code: "DISCARDED", message: shown } });
    const texts = await residentTexts(jobId, user);
    expect(texts).toContain(shown);
    expect(texts).not.toContain(mark);
  });

  it("is in no webhook of a job that was paused and discarded", () => {
    const drafts: EventDraft[] = [
      { type: "queued", ...buildSubmission(callback) },
      { type: "postponed", stage: "vision", until: 1, reason: why, notice },
      {
        type: "parked",
        stage: "vision",
        error: { code: "MESSAGE_EXPIRED", message: "" },
        calls: [],
      },
      { type: "failed", stage: "vision", error: { code: "DISCARDED", message: notice }, calls: [] },
      { type: "done" },
    ];
    const log = drafts.map((draft, seq): JobEvent => Object.assign({ seq, at: seq }, draft));
    const { webhooks, events, ends } = effectsOf(log, -1);
    expect(webhooks.length).toBeGreaterThan(1);
    expect(JSON.stringify([webhooks, events, ends])).not.toContain(mark);
  });

  it("stays on the operators' routes, whatever they write", async () => {
    const user = aUser();
    const { jobId } = await buildParkedJob(callback, { userId: user });
    const until = new Date(Date.now() + 60_000).toISOString();
    await Promise.all([
      order("revoke", { kind: "subject", value: `${user}-x`, until, by, why }),
      order("rebuildProjection", { by, why }, { name: "daily-statistics" }),
      order("resetBreaker", { by }, { provider: "openai" }),
      order("watchJob", { by }, { id: jobId }),
      order("decideRedrive", { filter: { user_id: "nobody" }, by, why }),
    ]);
    expect(await residentTexts(jobId, user)).not.toContain(mark);
    const audit = await operated("listAudit");
    expect(await audit.text()).toContain(mark);
  });

  it("has no notice where no resident is shown it", async () => {
    const refused = await order("decideRedrive", { filter: {}, by, why, notice });
    expect(refused.status).toBe(422);
  });
});
