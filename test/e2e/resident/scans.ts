import { describe, expect } from "vitest";
import { answerOfServer, expectGrowingAnswer, partialText, slow } from "./growing-answer.ts";
import { holdFrames } from "./hold-frames.ts";
import { paintPhoto } from "./paint-photo.ts";
import { bottle, rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describeScans(it: ResidentTest) {
  describe.concurrent("scans", () => {
    it("shows the same scan and its photo after a reload, while it runs and after its end", async ({
      resident: { page, outcome, words, submitButton, preview },
    }) => {
      const passUpTo = await holdFrames(page);
      await page.goto("/");
      await words().fill(rinsed);
      await page.getByLabel("사진 고르기").setInputFiles(bottle);
      await preview().waitFor();
      await submitButton().click();
      passUpTo(2);
      await page.getByText("무색페트병", { exact: true }).waitFor();

      await page.reload();
      await page.getByText(`“${rinsed}”`).waitFor();
      await page.getByRole("img", { name: "보낸 사진" }).waitFor();
      await page.getByText("무색페트병", { exact: true }).waitFor();
      passUpTo(Infinity);
      await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();

      await page.reload();
      await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
      await page.getByRole("img", { name: "보낸 사진" }).waitFor();
      await outcome().waitFor();
    });

    it("shows a scan at its own address, in other tabs, too, and goes back from it", async ({
      resident: { page, heading, outcome, words, submitWords },
    }) => {
      await submitWords(rinsed);
      await outcome().waitFor();
      const address = page.url();
      expect(new URL(address).pathname).toMatch(/^\/s\/[\w-]{36}$/);
      const other = await page.context().newPage();
      await other.goto(address);
      await other.getByRole("heading", { level: 1, name: /→/ }).waitFor();
      await other.getByText(`“${rinsed}”`).waitFor();

      await page.goBack();
      await heading("무엇을 버릴까요?").and(page.locator(":focus")).waitFor();
      expect(await words().inputValue()).toBe(rinsed);
      await page.goForward();
      await outcome().waitFor();
    });

    it("keeps the words of a form that is reloaded, until they are sent", async ({
      resident: { page, outcome, words, submitButton },
    }) => {
      await page.goto("/");
      await words().fill(rinsed);
      await page.reload();
      await expect.poll(() => words().inputValue()).toBe(rinsed);
      await submitButton().click();
      await outcome().waitFor();
      await page.goto("/");
      await words().waitFor();
      expect(await words().inputValue()).toBe("");
    });

    it("shows each scan its own photo, and starts the next one with an empty form", async ({
      resident,
    }) => {
      const { page, heading, words, submitButton, preview, tab, strip } = resident;
      const sent = page.getByRole("img", { name: "보낸 사진" });
      const widthOf = (photo: typeof sent) =>
        photo.evaluate(async (image: HTMLImageElement) => {
          await image.decode();
          return image.naturalWidth;
        });
      await holdFrames(page);
      await page.goto("/");
      await page.getByLabel("사진 고르기").setInputFiles(await paintPhoto(page, 400, 300));
      await preview().waitFor();
      await words().fill(rinsed);
      await submitButton().click();
      await sent.waitFor();
      await page.goBack();
      await page.getByLabel("다시 찍기").setInputFiles(await paintPhoto(page, 300, 400));
      await expect.poll(() => widthOf(preview())).toBe(300);
      await strip().getByRole("link").first().click();
      await sent.waitFor();
      expect(await widthOf(sent)).toBe(400);
      await page.goBack();
      expect(await widthOf(preview())).toBe(300);

      await submitButton().click();
      await sent.waitFor();
      expect(await widthOf(sent)).toBe(300);
      await tab("분리배출").click();
      await heading("무엇을 버릴까요?").waitFor();
      expect(await words().inputValue()).toBe("");
      expect(await preview().count()).toBe(0);
    });

    it("keeps scans that run in a strip above the form, while another one is started", async ({
      resident,
    }) => {
      const { page, heading, outcome, submitButton, words, tab, strip } = resident;
      await resident.submitToModel(slow());
      await partialText(resident);
      await tab("분리배출").click();
      await heading("무엇을 버릴까요?").waitFor();
      await strip().getByText("살펴보고 있어요").waitFor();
      await page.unrouteAll();
      await words().fill(rinsed);
      await submitButton().click();
      await outcome().waitFor();
      await page.getByRole("button", { name: "새로 분석하기" }).click();
      await strip().getByText("다 됐어요").waitFor();
      await strip().getByRole("link").click();
      await outcome().waitFor();
      await tab("분리배출").click();
      expect(await strip().count()).toBe(0);
    });

    it("shows the answer while it is generated, and continues after a reload", async ({
      resident,
    }) => {
      const { page, outcome, answer } = resident;
      await resident.submitToModel(slow());
      const start = await partialText(resident);
      await page.reload();
      await partialText(resident);
      const paragraph = await answer().elementHandle();
      const place = await paragraph?.boundingBox();
      await expectGrowingAnswer(resident, start);
      // The text has grown in its place; at the end the progress above it is folded away.
      const end = await paragraph?.boundingBox();
      expect(end?.x).toBe(place?.x);
      expect(end?.y).toBeLessThanOrEqual(place?.y ?? NaN);
      await page.reload();
      await outcome().waitFor();
      expect(await answer().textContent()).toBe(await answerOfServer(resident));
    });

    it("cancels a running scan as its user", async ({ resident }) => {
      await resident.submitToModel(slow());
      await partialText(resident);
      await resident.button("취소").click();
      await resident.heading("분석을 취소했어요").waitFor();
    });
  });
}
