import type { WebSocketRoute } from "playwright-core";
import { describe, expect } from "vitest";
import { delta, frame, visionCompleted } from "../build-frames.ts";
import { makeSocketsNeverOpen, makeSocketsThrow } from "../page-scripts.ts";
import { playFrames, socketPath } from "../play-frames.ts";
import { expectGrowingAnswer, partialText, slow } from "./growing-answer.ts";
import { labelled, rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describeStreaming(it: ResidentTest) {
  describe.concurrent("the stream", () => {
    it.for([
      ["throws", makeSocketsThrow],
      ["never opens", makeSocketsNeverOpen],
    ] as const)(
      "follows over server-sent events when WebSocket %s",
      async ([, blocked], { resident: { page, expected, outcome, submitWords } }) => {
        expected.push(/nowhere/);
        await page.addInitScript(blocked);
        const streamed = page.waitForRequest(/\/events\?token=/);
        await submitWords(rinsed);
        await streamed;
        await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
        await outcome().waitFor();
      },
    );

    it("continues the answer when the socket closes", async ({ resident }) => {
      const { page } = resident;
      const sockets: WebSocketRoute[] = [];
      await page.routeWebSocket(socketPath, (socket) => {
        sockets.push(socket);
        socket.connectToServer();
      });
      await resident.submitToModel(slow());
      await partialText(resident);
      await sockets[0]?.close({ code: 1012 });
      expect((await expectGrowingAnswer(resident, "")).length).toBeGreaterThan(3);
      expect(sockets).toHaveLength(2);
    });

    it("shows the answer while it is generated over server-sent events", async ({ resident }) => {
      const { page } = resident;
      await page.addInitScript(makeSocketsThrow);
      await resident.submitToModel(slow());
      expect((await expectGrowingAnswer(resident, "")).length).toBeGreaterThan(3);
    });

    it("shows the partial text once after a reload, and then the deltas", async ({
      resident: { page, submitWords, answer },
    }) => {
      const socket = await playFrames(page);
      const begin = (play: WebSocketRoute) => {
        play.send(frame({ seq: 0, stage: "queued", status: "started" }));
        play.send(frame({ seq: 1, ...visionCompleted }));
        play.send(frame({ seq: 2, stage: "answer", status: "started", attempt: 1 }));
      };
      await submitWords(labelled);
      const first = await socket(0);
      begin(first);
      first.send(delta(0, "헹궈"));
      await answer().getByText("헹궈").waitFor();

      await page.reload();
      const second = await socket(1);
      begin(second);
      second.send(delta(0, "헹궈요. 라벨은"));
      await answer().getByText("라벨은").waitFor();
      second.send(delta(8, " 떼요."));
      await answer().getByText("떼요.").waitFor();
      expect(await page.evaluate(() => globalThis.answerTexts)).toEqual([
        "헹궈요. 라벨은",
        "헹궈요. 라벨은 떼요.",
      ]);
      // A large part grows in steps.
      const rest = " 뚜껑은 닫아도 괜찮아요. 내용물은 비우고 물로 헹궈 주세요.";
      second.send(delta(12, rest));
      await answer().getByText("헹궈 주세요.").waitFor();
      const texts = await page.evaluate(() => globalThis.answerTexts);
      expect(texts.length).toBeGreaterThan(4);
      expect(texts).toEqual(texts.toSorted((a, b) => a.length - b.length));
      expect(texts.at(-1)).toBe(`헹궈요. 라벨은 떼요.${rest}`);
    });

    it("removes the text of a failed attempt, and exposes each whole sentence to screen readers", async ({
      resident: { page, submitWords, answer, placeholder },
    }) => {
      const socket = await playFrames(page);
      await submitWords(labelled);
      const play = await socket();
      const hidden = answer().locator("[aria-hidden=true]");
      play.send(frame({ seq: 0, stage: "queued", status: "started" }));
      play.send(frame({ seq: 1, ...visionCompleted }));
      play.send(frame({ seq: 2, stage: "answer", status: "started", attempt: 1 }));
      await placeholder().waitFor();
      play.send(delta(0, "헹구지"));
      await answer().getByText("헹구지").waitFor();
      expect(await placeholder().count()).toBe(0);

      const error = { code: "MODEL_UNAVAILABLE", message: "500" };
      play.send(frame({ seq: 3, stage: "answer", status: "retrying", attempt: 1, error }));
      await placeholder().waitFor();
      play.send(frame({ seq: 4, stage: "answer", status: "started", attempt: 2 }));
      play.send(delta(0, "헹궈요. 라벨은"));
      await hidden.getByText("라벨은").waitFor();
      expect(await hidden.count()).toBe(1);
      expect(await answer().getAttribute("aria-live")).toBe("polite");

      play.send(delta(8, " 떼요."));
      const user_answer = "헹궈요. 라벨은 떼요.";
      const result = { disposal_steps: {}, insufficiencies: [], user_answer, calls: [] };
      play.send(frame({ seq: 5, stage: "answer", status: "completed", progress: 75, result }));
      await hidden.waitFor({ state: "detached" });
      expect(await answer().first().textContent()).toBe(user_answer);
    });

    it("shows when the connection is lost, and resumes after the last event", async ({
      resident: { page, status, submitWords },
    }) => {
      const socket = await playFrames(page);
      await submitWords(labelled);
      const first = await socket(0);
      first.send(frame({ seq: 0, stage: "queued", status: "started" }));
      first.send(frame({ seq: 1, stage: "vision", status: "started", attempt: 1 }));
      first.send(frame({ seq: 2, ...visionCompleted }));
      await page.getByText("무색페트병", { exact: true }).waitFor();
      await first.close({ code: 1012 });

      const second = await socket(1);
      expect(new URL(second.url()).searchParams.get("after")).toBe("2");
      second.send(frame({ seq: 1, stage: "vision", status: "started", attempt: 1 }));
      second.send(frame({ seq: 3, stage: "rule", status: "started", attempt: 1, progress: 25 }));
      await status().getByText("알맞은 배출 규정을 찾고 있어요.").waitFor();
      const statusTexts = await page.evaluate(() => globalThis.statusTexts);
      expect(statusTexts.join("\n")).toContain("연결이 끊겼어요. 다시 잇는 중이에요.");
      expect(statusTexts.filter((text) => text.includes("살펴보고"))).toHaveLength(1);
    });
  });
}
