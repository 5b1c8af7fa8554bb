import { describe, expect, vi } from "vitest";
import { doneWithout, frame, visionCompleted, waitingSnapshot } from "../build-frames.ts";
import { cancelTopAtNextStatus, setHidden } from "../page-scripts.ts";
import { answerSnapshots, playFrames } from "../play-frames.ts";
import { operate } from "./operate.ts";
import { labelled, rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

const limited = { code: "MODEL_RATE_LIMITED", message: "429" };
const soon = "2026-11-22T06:05:00.000Z";

export function describeWaiting(it: ResidentTest) {
  describe("a scan that waits", () => {
    it("describes a retry, a parked scan and its redrive", async ({
      resident: { page, heading, status, submitWords },
    }) => {
      const socket = await playFrames(page);
      await submitWords(labelled);
      const play = await socket();
      const retry_at = "2026-11-22T03:04:05.000Z";
      play.send(frame({ seq: 0, stage: "queued", status: "started" }));
      play.send(frame({ seq: 1, stage: "vision", status: "started", attempt: 1 }));
      play.send(
        frame({
          seq: 2,
          stage: "vision",
          status: "retrying",
          attempt: 1,
          error: { ...limited, retry_at },
        }),
      );
      await heading("다시 시도할게요").waitFor();
      await status().getByText("AI 모델을 찾는 사람이 많아요.").waitFor();
      await status().getByText("오후 12:04:05에 2번째 시도를 해요.").waitFor();

      play.send(frame({ seq: 3, stage: "vision", status: "started", attempt: 2 }));
      await status().getByText("2번째 시도예요.").waitFor();

      play.send(frame({ seq: 4, stage: "vision", status: "parked", error: limited }));
      await heading("잠시 멈췄어요").waitFor();
      await status().getByText("다시 시작되면 이 화면에서 이어 보여 드릴게요.").waitFor();
      await status().getByText("오류 코드 MODEL_RATE_LIMITED").waitFor();

      play.send(frame({ seq: 5, stage: "vision", status: "resumed" }));
      await status().getByText("다시 이어서 할게요.").waitFor();
      play.send(frame({ seq: 6, stage: "vision", status: "started", attempt: 1 }));
      play.send(frame({ seq: 7, ...visionCompleted }));
      await page.getByText("무색페트병", { exact: true }).waitFor();
      expect(await status().textContent()).toBe("알맞은 배출 규정을 찾고 있어요.");
    });

    it.for([
      [
        "it is queued",
        { stage: "queued", status: "started" },
        { reason: "queued", message: "차례를 기다리고 있어요. 앞에 2건이 있어요." },
        null,
      ],
      [
        "a retry is planned",
        { stage: "vision", status: "retrying", attempt: 1, error: limited },
        {
          reason: "retry",
          message: "조금 뒤에 다시 시도할게요.",
          attempt: 1,
          next_retry_at: soon,
          backlog: { messages: 3, oldest_age_s: 9 },
        },
        "다음 시도 오후 3:05쯤 · 앞에 2건",
      ],
      [
        "its stage is paused",
        visionCompleted,
        {
          reason: "paused",
          message: "잠시 점검하고 있어요.",
          paused: { notice: "모델 교체", since: soon, until: soon },
        },
        "사유: 모델 교체 · 오후 3:05쯤까지",
      ],
      [
        "it is parked",
        { stage: "vision", status: "parked", error: limited },
        { reason: "parked", message: "잠시 쉬고 있어요.", attempt: 3, next_redrive_at: soon },
        "다음 시도 오후 3:05쯤",
      ],
    ] as const)(
      "shows why the scan waits, until the next event, when %s",
      async ([, event, reason, details], { resident: { page, status, submitWords } }) => {
        await page.clock.install({ time: "2026-11-22T06:00:00.000Z" });
        const socket = await playFrames(page);
        const polls = await answerSnapshots(page, () => waitingSnapshot(reason));
        await submitWords(labelled);
        const play = await socket();
        play.send(frame({ seq: 0, ...event }));
        await page.clock.fastForward(4_000);
        await status().getByText(reason.message).waitFor();
        if (details) await status().getByText(details, { exact: true }).waitFor();
        else expect(await status().locator(".details").count()).toBe(0);

        play.send(frame({ seq: 1, stage: "answer", status: "started", attempt: 1 }));
        await status().getByText("배출 방법을 정리하고 있어요.", { exact: true }).waitFor();
        expect(await status().textContent()).toBe("배출 방법을 정리하고 있어요.");
        await page.clock.fastForward(12_000);
        expect(polls()).toBe(1);
      },
    );

    // If the message is lost on a busy machine, the watchdog recovers the job a lease later.
    it(
      "shows the pause of a stage, and completes when it ends",
      {
        timeout: 180_000,
      },
      async ({ site, resident: { outcome, status, submitWords } }) => {
        const until = new Date(Date.now() + 15_000).toISOString();
        const body = { reason: "점검", notice: "모델 점검", until };
        await operate(site.server, "stages/vision/pause", body);
        await submitWords(rinsed);
        await status().getByText("사유: 모델 점검").waitFor({ timeout: 15_000 });
        await outcome().waitFor({ timeout: 150_000 });
      },
    );

    it("polls the reason every 10 s while the page is visible, and keeps it when a poll fails", async ({
      resident: { page, expected, heading, status, submitWords },
    }) => {
      expected.push(/ERR_FAILED/);
      const ahead = (n: number) =>
        waitingSnapshot({ reason: "queued", message: `앞에 ${n}건이 있어요.` });
      await page.clock.install();
      const socket = await playFrames(page);
      let snapshot: object | null = ahead(2);
      const polls = await answerSnapshots(page, () => snapshot);
      const expectPolls = (times: number) =>
        vi.waitFor(() => expect(polls()).toBe(times), { timeout: 15_000 });
      await submitWords(labelled);
      const play = await socket();
      play.send(frame({ seq: 0, stage: "queued", status: "started" }));
      await page.clock.fastForward(4_000);
      await status().getByText("앞에 2건이 있어요.").waitFor();

      snapshot = null;
      await page.clock.fastForward(10_000);
      await expectPolls(2);
      await status().getByText("앞에 2건이 있어요.").waitFor();

      snapshot = ahead(1);
      await page.evaluate(setHidden, true);
      await page.clock.fastForward(10_000);
      expect(polls()).toBe(2);
      await page.evaluate(setHidden, false);
      await status().getByText("앞에 1건이 있어요.").waitFor();
      expect(polls()).toBe(3);

      play.send(frame({ seq: 1, stage: "vision", status: "failed", error: limited }));
      play.send(frame({ seq: 2, ...doneWithout("failed", limited) }));
      await heading("분석하지 못했어요").waitFor();
      expect(await status().getByText("앞에 1건이 있어요.").count()).toBe(0);
      await page.clock.fastForward(12_000);
      expect(polls()).toBe(3);
    });

    it("moves the elements below smoothly when the status grows", async ({ open }) => {
      const { page, submitWords } = await open({ reducedMotion: "no-preference" });
      const socket = await playFrames(page);
      await submitWords(labelled);
      const play = await socket();
      play.send(frame({ seq: 0, stage: "queued", status: "started" }));
      const cancel = page.getByRole("button", { name: "취소" });
      const before = await cancel.boundingBox();
      const moved = page.evaluate(cancelTopAtNextStatus);
      play.send(frame({ seq: 1, stage: "vision", status: "parked", error: limited }));
      expect(await moved).toBeCloseTo(before?.y ?? NaN, 0);
      await vi.waitFor(async () => {
        expect((await cancel.boundingBox())?.y).toBeGreaterThan((before?.y ?? NaN) + 50);
      });
    });

    it("asks for a scan of the strip less and less, and not at all in the background", async ({
      resident: { page, strip },
    }) => {
      await page.clock.install();
      const jobId = crypto.randomUUID();
      let asked = 0;
      await page.route(`**/api/v1/scan/${jobId}`, (route) => {
        asked++;
        return route.fulfill({ json: { status: "running" } });
      });
      await page.addInitScript((jobId) => {
        const scan = { jobId, words: "병", ended: false };
        localStorage.setItem("eco2-scans", JSON.stringify([scan]));
      }, jobId);
      await page.goto("/");
      await strip().getByText("살펴보고 있어요").waitFor();
      /** What was asked for until then has arrived. */
      const pass = async (seconds: number) => {
        for (let second = 0; second < seconds; second += 3) {
          await page.clock.runFor(3_000);
          await page.evaluate(async () => (await fetch("/favicon.svg")).text());
        }
      };
      await pass(36);
      expect(asked).toBeLessThanOrEqual(8);
      await page.evaluate(setHidden, true);
      const before = asked;
      await pass(36);
      expect(asked).toBe(before);
      await page.evaluate(setHidden, false);
      await pass(6);
      expect(asked).toBeGreaterThan(before);
    });
  });
}
