import { describe, expect, vi } from "vitest";
import { paintPhoto } from "./paint-photo.ts";
import { bottle, couch } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describeFormLimits(it: ResidentTest) {
  describe("what the form takes", () => {
    it("cuts no words that are too long, and says by how much", async ({
      resident: { page, submitButton, words },
    }) => {
      await page.goto("/");
      await words().fill(`${"가".repeat(1_001)}\n`);
      await page.getByText("지금 1,001자예요. 1,000자까지 보낼 수 있어요.").waitFor();
      expect(await submitButton().isDisabled()).toBe(true);
      expect(await words().getAttribute("aria-invalid")).toBe("true");
      expect((await words().inputValue()).length).toBe(1_002);
      await words().fill("가".repeat(1_000));
      await vi.waitUntil(() => submitButton().isEnabled(), 10_000);
    });

    it("submits a photo alone, scaled down", async ({
      resident: { page, submitButton, preview },
    }) => {
      await page.goto("/");
      expect(await submitButton().isDisabled()).toBe(true);
      const photo = await paintPhoto(page, 2000, 1500);
      await page.getByLabel("사진 고르기").setInputFiles(photo);
      await preview().waitFor();
      await page.getByRole("button", { name: "사진 지우기" }).click();
      await preview().waitFor({ state: "detached" });
      expect(await submitButton().isDisabled()).toBe(true);

      await page.getByLabel("사진 찍기").setInputFiles(photo);
      await preview().and(page.locator(":not([src=''])")).waitFor();
      const size = await preview().evaluate(async (image: HTMLImageElement) => {
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
      });
      expect(size).toEqual([1024, 768]);
      const sent = page.waitForRequest("**/api/v1/scan");
      await submitButton().click();
      expect((await sent).headers()["content-type"]).toMatch(/^multipart/);
      await page.getByRole("img", { name: /사진/ }).waitFor();
    });

    it("says how many photos it takes when more are chosen", async ({ resident: { page } }) => {
      await page.goto("/");
      const photos = Array.from({ length: 11 }, () => bottle);
      await page.getByLabel("사진 고르기").setInputFiles(photos);
      await page.getByText("외 9장.").waitFor();
      await page.getByRole("alert").getByText("앞의 10장만 담았어요.").waitFor();
    });

    it("refuses a photo that it cannot scale down and that is too large", async ({
      resident: { page, submitButton },
    }) => {
      await page.goto("/");
      const buffer = Buffer.alloc(10 * 1024 * 1024 + 1);
      await page
        .getByLabel("사진 고르기")
        .setInputFiles({ name: "big.heic", mimeType: "image/heic", buffer });
      await page.getByText("사진이 너무 커요.").waitFor();
      expect(await submitButton().isDisabled()).toBe(true);
    });

    it("offers every municipality when the marks cannot be loaded, and notes when one has no rules", async ({
      resident: { page, expected, heading, submitButton, words, region, openRegion },
    }) => {
      expected.push(/503/);
      await page.route("**/api/v1/regulations", (route) => route.fulfill({ status: 503 }));
      await page.goto("/");
      await openRegion();
      await region().fill("달나라");
      await page.getByText("그런 이름의 시·군·구가 없어요.").waitFor();
      await page.getByLabel("시·도").selectOption("경상북도");
      await page.getByLabel("시·군·구").selectOption("울릉군");
      await words().fill(couch);
      await submitButton().click();
      await page.getByText("「경상북도 울릉군」의 배출 규정은 아직 없어서").waitFor();
      await heading("배출 순서").waitFor();
    });
  });
}
