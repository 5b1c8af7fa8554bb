import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { Frame } from "../../src/pipeline/frames.ts";
import { callWorker } from "../support/worker-requests.ts";
import {
  buildSubmission,
  claimStage,
  jobOf,
  stageOutputs,
  completeStages,
  stagesBefore,
} from "../support/job-builders.ts";

const whole = "생수병은 라벨을 떼고 배출해요. 😀 오늘도 고마워요.";

/** A job whose answer is being written, and ways to watch it. */
async function writing() {
  const submission = buildSubmission();
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  await completeStages(job, stagesBefore("answer"));
  const lease = await claimStage(job, "answer");
  const path = `/api/v1/scan/${submission.jobId}`;
  return {
    job,
    lease,
    publish: (soFar: string) => job.publishText("answer", lease, soFar),
    watch: async () => {
      const headers = { upgrade: "websocket" };
      const { webSocket } = await callWorker(`${path}/ws`, { headers });
      if (!webSocket) throw new Error("No socket was opened");
      const frames: Frame[] = [];
      webSocket.addEventListener("message", ({ data }) => {
        frames.push(Frame.parse(JSON.parse(String(data))));
      });
      webSocket.accept();
      return frames;
    },
    events: () => callWorker(`${path}/events`),
    finish: async (finalText?: string) => {
      const output = { ...stageOutputs.answer, disposal_steps: {}, user_answer: whole };
      await job.complete(lease, [{ stage: "answer", output }], finalText);
      await completeStages(job, ["reward"]);
    },
  };
}

const deltas = (frames: readonly Frame[]) =>
  frames.flatMap((frame) => (frame.status === "delta" ? [frame.result] : []));

/** What a client has that puts every part where it belongs. */
const put = (frames: readonly Frame[]) =>
  deltas(frames).reduce((text, { offset, text: part }) => text.slice(0, offset) + part, "");

describe("partial text", () => {
  it("arrives in parts that join to the whole text", async () => {
    const { publish, watch, finish } = await writing();
    const frames = await watch();
    for (const length of [3, 11, 20, whole.length]) await publish(whole.slice(0, length));
    await finish();
    await vi.waitUntil(() => frames.at(-1)?.stage === "done");
    expect(
      deltas(frames)
        .map(({ text }) => text)
        .join(""),
    ).toBe(whole);
    expect(deltas(frames).map(({ offset }) => offset)).toEqual([0, 3, 11, 20]);
    const completed = frames.find(
      ({ stage, status }) => stage === "answer" && status === "completed",
    );
    expect(completed?.result).toMatchObject({ user_answer: whole });
  });

  it("is complete before the stage's completed frame", async () => {
    const { publish, watch, finish } = await writing();
    const frames = await watch();
    await publish(whole.slice(0, 7));
    await finish(whole);
    await vi.waitUntil(() => frames.at(-1)?.stage === "done");
    expect(deltas(frames)).toEqual([
      { offset: 0, text: whole.slice(0, 7) },
      { offset: 7, text: whole.slice(7) },
    ]);
    const answer = frames.filter(({ stage }) => stage === "answer").map(({ status }) => status);
    expect(answer.slice(-2)).toEqual(["delta", "completed"]);
  });

  it("is not broadcast when its attempt has lost the lease", async () => {
    const { job, watch } = await writing();
    const frames = await watch();
    const output = { ...stageOutputs.answer, disposal_steps: {}, user_answer: whole };
    await job.complete("a dead attempt's", [{ stage: "answer", output }], whole);
    await job.cancel(buildSubmission().userId);
    await vi.waitUntil(() => frames.at(-1)?.stage === "done");
    expect(deltas(frames)).toEqual([]);
  });

  it("has no seq, and is not replayed when the scan has ended", async () => {
    const { publish, watch, finish } = await writing();
    await publish(whole.slice(0, 5));
    await finish();
    const frames = await watch();
    await vi.waitUntil(() => frames.at(-1)?.stage === "done");
    expect(frames.map((frame) => (frame.status === "delta" ? null : frame.seq))).toEqual([
      ...Array(10).keys(),
    ]);
  });

  it("is sent once, as far as it has come, when a subscriber connects late", async () => {
    const { publish, watch } = await writing();
    for (const length of [3, 11]) await publish(whole.slice(0, length));
    const late = await watch();
    await vi.waitUntil(() => deltas(late).length > 0);
    expect(deltas(late)).toEqual([{ offset: 0, text: whole.slice(0, 11) }]);
    await publish(whole);
    await vi.waitUntil(() => put(late) === whole);
    expect(deltas(late)).toHaveLength(2);
  });

  it("is sent without a repetition when the object is evicted", async () => {
    const { job, publish, watch, finish } = await writing();
    const frames = await watch();
    await publish(whole.slice(0, 7));
    await evictDurableObject(job);
    const late = await watch();
    await publish(whole.slice(0, 12));
    await evictDurableObject(job);
    await publish(whole);
    await finish();
    await vi.waitUntil(() => frames.at(-1)?.stage === "done" && late.at(-1)?.stage === "done");
    const joined = (frames: Frame[]) =>
      deltas(frames)
        .map(({ text }) => text)
        .join("");
    expect([joined(frames), joined(late)]).toEqual([whole, whole]);
  });

  it("starts anew when another attempt generates it", async () => {
    const { job, lease, publish, watch } = await writing();
    const frames = await watch();
    await publish("생수병은 라벨");
    const failure = { code: "MODEL_UNREACHABLE", message: "scripted" };
    await job.retry("answer", lease, failure, { retryAfterMs: 0 });
    const second = await claimStage(job, "answer");
    await publish("이건 아무도 못 봐요");
    await job.publishText("answer", second, "다시");
    await job.publishText("answer", second, "다시 써요.");
    await vi.waitUntil(() => put(frames) === "다시 써요.");
    expect(deltas(frames).map(({ offset }) => offset)).toEqual([0, 0, 2]);
  });

  it("is sent with a renewal of the lease", async () => {
    const { job, lease, publish, watch } = await writing();
    const frames = await watch();
    await publish(whole.slice(0, 5));
    expect(await job.renew("answer", "another", "이건 아무도 못 봐요")).toBe("stale");
    expect(await job.renew("answer", lease, whole.slice(0, 9))).toBe("renewed");
    expect(await job.renew("answer", lease, "")).toBe("renewed");
    await publish(whole);
    await vi.waitUntil(() => put(frames) === whole);
    expect(deltas(frames).map(({ offset }) => offset)).toEqual([0, 5, 9]);
  });

  it("is an SSE event without an id, so that it does not move the cursor", async () => {
    const { publish, events, finish } = await writing();
    const response = await events();
    await publish(whole.slice(0, 5));
    await finish();
    const text = await response.text();
    expect(text).toMatch(/\n\nevent: answer\ndata: \{[^\n]*"status":"delta"[^\n]*\}\n\n/);
    expect(text.match(/^id: /gm)).toHaveLength(10);
  });
});
