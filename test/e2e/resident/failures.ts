import { describe, expect } from "vitest";
import { doneWithout, frame } from "../build-frames.ts";
import { playFrames } from "../play-frames.ts";
import { bottle, labelled, rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describeFailures(it: ResidentTest) {
  describe("failures", () => {
    it.for([
      ["MODEL_UNAUTHORIZED", "담당자가 확인해야 해요."],
      ["PHOTO_GONE", "사진을 다시 올려 주세요."],
      ["UNKNOWN_CODE", "알 수 없는 문제가 생겼어요."],
    ] as const)(
      "shows why a scan failed with %s, and offers another attempt",
      async ([code, why], { resident: { page, heading, status, words, submitWords } }) => {
        const socket = await playFrames(page);
        await submitWords(labelled);
        const error = { code, message: "in English" };
        const play = await socket();
        play.send(frame({ seq: 0, stage: "queued", status: "started" }));
        play.send(frame({ seq: 1, stage: "vision", status: "failed", error }));
        play.send(frame({ seq: 2, ...doneWithout("failed", error) }));
        await heading("분석하지 못했어요").waitFor();
        await status().getByText(why).waitFor();
        await status().getByText(`오류 코드 ${code}`).waitFor();
        await page.getByRole("button", { name: "다시 물어보기" }).click();
        expect(await words().inputValue()).toBe(labelled);
      },
    );

    it.for([
      [401, "UNAUTHORIZED", "로그인이 필요해요."],
      [413, "PAYLOAD_TOO_LARGE", "사진이 너무 커요."],
      [415, "UNSUPPORTED_MEDIA_TYPE", "읽을 수 없는 사진 형식이에요."],
      [422, "VALIDATION_ERROR", "서버가 읽지 못했어요."],
      [500, "INTERNAL_ERROR", "서버에 문제가 생겼어요."],
    ] as const)(
      "shows why the server refused a scan with %i, and keeps the words",
      async (
        [status, code, why],
        { resident: { page, expected, submitButton, words, submitWords } },
      ) => {
        expected.push(new RegExp(String(status)));
        await page.route("**/api/v1/scan", (route) =>
          route.fulfill({
            status,
            contentType: "application/problem+json",
            body: JSON.stringify({ code }),
          }),
        );
        await submitWords(labelled);
        await page.getByRole("alert").getByText(why).waitFor();
        expect(await words().inputValue()).toBe(labelled);
        expect(await submitButton().isEnabled()).toBe(true);
      },
    );

    it("submits one scan when the response is lost", async ({
      resident: { page, expected, heading, submitWords },
    }) => {
      expected.push(/ERR_FAILED/);
      const keys: (string | undefined)[] = [];
      const jobs: string[] = [];
      await page.route("**/api/v1/scan", async (route) => {
        keys.push(route.request().headers()["idempotency-key"]);
        const response = await route.fetch();
        const { job_id }: { job_id: string } = await response.json();
        jobs.push(job_id);
        if (keys.length === 1) await route.abort();
        else await route.fulfill({ response });
      });
      await submitWords(labelled);
      await page.getByText("다시 보내고 있어요 (2번째).").waitFor();
      await heading("버리기 전에 이것만 더").waitFor();
      expect(keys).toHaveLength(2);
      expect(new Set(keys).size).toBe(1);
      expect(new Set(jobs).size).toBe(1);
    });

    it("returns to the form when the scan of its address has expired, and forgets it", async ({
      resident: { page, expected },
    }) => {
      expected.push(/404|WebSocket/);
      const jobId = crypto.randomUUID();
      await page.goto("/");
      await page.evaluate((jobId) => {
        const streamUrl = `/api/v1/scan/${jobId}/events?token=old`;
        const scan = { jobId, streamUrl, words: "옛날 병", ended: true };
        localStorage.setItem("eco2-scans", JSON.stringify([scan]));
      }, jobId);
      await page.goto(`/s/${jobId}`);
      await page.getByText("보관 기간이 지난 분석").waitFor();
      expect(new URL(page.url()).pathname).toBe("/");
      expect(await page.evaluate(() => localStorage.getItem("eco2-scans"))).toBe("[]");
    });

    it("says that a scan cannot be loaded when the resident has to log in", async ({
      resident: { page, expected, heading },
    }) => {
      expected.push(/401/);
      const refuse = { status: 401, contentType: "application/problem+json", body: "{}" };
      await page.route("**/api/v1/scan/*", (route) => route.fulfill(refuse));
      await page.route("**/api/v1/auth/refresh", (route) => route.fulfill(refuse));
      await page.route("**/api/v1/auth/options", (route) =>
        route.fulfill({
          json: { guests: false, login_url: "/login", signed_in: "nobody", has_guest: false },
        }),
      );
      await page.goto(`/s/${crypto.randomUUID()}`);
      await heading("분석을 불러오지 못했어요").waitFor();
      await page.getByRole("alert").getByText("로그인이 필요해요.").waitFor();
      await page.getByRole("link", { name: "로그인하러 가기" }).waitFor();
      expect(await page.getByRole("progressbar").count()).toBe(0);
      expect(await page.getByRole("button", { name: "취소" }).count()).toBe(0);
    });

    it.for([
      ["another page answers in its place", "<!doctype html><title>Log in to this network</title>"],
      ["nobody answers", null],
    ] as const)(
      "asks for what the page needs when, asked for the session, %s",
      async ([, html], { resident: { page, expected } }) => {
        expected.push(/ERR_ABORTED|ERR_FAILED/);
        await page.addInitScript(() => localStorage.setItem("eco2-guest", "1"));
        await page.route("**/api/v1/auth/options", (route) =>
          html === null ? undefined : route.fulfill({ contentType: "text/html", body: html }),
        );
        await page.goto("/collection");
        await page.getByText("1 / 13 친구를 만났어요").waitFor();
      },
    );

    it("keeps the photo of a scan that failed for another attempt, after a reload, too", async ({
      resident: { page, button, heading, submitButton, preview },
    }) => {
      const socket = await playFrames(page);
      const error = { code: "MODEL_REFUSED", message: "in English" };
      await page.goto("/");
      await page.getByLabel("사진 고르기").setInputFiles(bottle);
      await preview().waitFor();
      await submitButton().click();
      (await socket()).send(frame({ seq: 0, ...doneWithout("failed", error) }));
      await heading("분석하지 못했어요").waitFor();
      await page.reload();
      (await socket(1)).send(frame({ seq: 0, ...doneWithout("failed", error) }));
      await heading("분석하지 못했어요").waitFor();
      await button("다시 물어보기").click();
      await preview().waitFor();
    });

    it("names the fallback model that has answered, and why", async ({
      resident: { page, submitToModel },
    }) => {
      await submitToModel(`${rinsed} [vision:401] [answer:401] {${crypto.randomUUID()}}`);
      await page.getByText("요청한 모델 대신 offline 모델이 답했어요.").waitFor();
      await page.getByText("gpt-5.2 모델은 지금은 쓸 수 없어요.").waitFor();
    });
  });
}
