import { describe, expect, vi } from "vitest";
import { paintPhoto } from "./paint-photo.ts";
import { bottle, couch, rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describeForm(it: ResidentTest) {
  describe("the form", () => {
    it("answers from the regulations while words are written, without a scan", async ({
      resident: { page, words, submitButton },
    }) => {
      await page.goto("/");
      const typed = page.getByRole("region", { name: "바로 보는 배출 방법" });
      // The last syllable is not finished.
      await words().fill("우유패");
      await typed.getByText("우유팩").first().waitFor();
      await words().fill("");
      await typed.waitFor({ state: "detached" });
      await words().pressSequentially("우유팩");
      await typed.getByText("→ 종이팩 수거함").first().waitFor();
      const submit = await submitButton().boundingBox();
      const tabs = await page.getByRole("navigation").boundingBox();
      expect((submit?.y ?? NaN) + (submit?.height ?? NaN)).toBeLessThanOrEqual(tabs?.y ?? NaN);
      await typed.getByText("→ 종이팩 수거함").first().click();
      await typed.getByText(/펼/).first().waitFor();
      expect(await page.evaluate(() => localStorage.getItem("eco2-scans"))).toBeNull();
    });

    it("submits with Ctrl+Enter, and refuses a file that is no photo at once", async ({
      resident: { page, outcome, words },
    }) => {
      await page.goto("/");
      await page.getByLabel("사진 고르기").setInputFiles({
        name: "고지서.pdf",
        mimeType: "application/pdf",
        buffer: Buffer.from("%PDF-1.7"),
      });
      await page.getByRole("alert").getByText("사진 파일이 아니에요.").waitFor();
      await words().fill(rinsed);
      await words().press("Control+Enter");
      await outcome().waitFor();
    });

    it("keeps the words when the photo is taken again", async ({
      resident: { page, words, preview },
    }) => {
      await page.goto("/");
      await words().fill("페트병");
      await page.getByLabel("사진 고르기").setInputFiles(await paintPhoto(page, 400, 300));
      await preview().waitFor();
      const first = await preview().getAttribute("src");
      await page.getByLabel("다시 찍기").setInputFiles(await paintPhoto(page, 300, 400));
      await vi.waitUntil(async () => (await preview().getAttribute("src")) !== first);
      expect(await words().inputValue()).toBe("페트병");
    });

    it("finds the resident's region by a part of its name, shows its rules, and stores it", async ({
      resident: { page, heading, submitButton, words, regionRow, region, openRegion },
    }) => {
      await page.goto("/");
      await openRegion();
      await region().fill("강남");
      const found = page.getByRole("list", { name: "찾은 동네" });
      await page.getByRole("status").getByText("곳을 찾았어요.").waitFor();
      await found.getByRole("button", { name: "서울특별시 강남구 동네 기준 있음" }).click();
      await regionRow().getByText("서울특별시 강남구").waitFor();
      await page.reload();
      await words().fill(couch);
      await regionRow().getByText("서울특별시 강남구").waitFor();
      await submitButton().click();
      await heading("서울특별시 강남구에서는").waitFor();
      await page.getByText(/쓰레기배출안내.*강남구.*2026년 6월 27일 확인/).waitFor();
      const link = page.getByRole("link", { name: /^clean\.gangnam\.go\.kr/ });
      expect(await link.getAttribute("href")).toBe("https://clean.gangnam.go.kr/");
      await page.reload();
      await heading("서울특별시 강남구에서는").waitFor();

      await page.getByRole("button", { name: "새로 분석하기" }).click();
      await openRegion();
      expect(await page.getByLabel("시·군·구").inputValue()).toBe("강남구");
      await page.getByLabel("시·도").selectOption("전국 공통 기준");
      await regionRow().getByText("전국 공통 기준").waitFor();
      await words().fill(couch);
      await submitButton().click();
      await heading("배출 순서").waitFor();
      expect(await heading("서울특별시 강남구에서는").count()).toBe(0);
    });

    it("takes the photo in the page, and leaves the camera off afterwards", async ({
      openWhole,
    }) => {
      const { page, button, preview, violations } = await openWhole({ permissions: ["camera"] });
      const camera = () => page.getByRole("dialog", { name: "카메라" });
      await page.goto("/");
      await page.getByText("사진 찍기").click();
      await camera().waitFor();
      await expect.poll(() => button("찍기").isEnabled()).toBe(true);
      expect(await violations()).toEqual([]);
      await page.keyboard.press("Escape");
      await camera().waitFor({ state: "detached" });

      await page.getByText("사진 찍기").click();
      const live = await page.locator("video").evaluateHandle((video: HTMLVideoElement) => video);
      await button("찍기").click();
      await preview().waitFor();
      const states = await live.evaluate(({ srcObject }) =>
        srcObject instanceof MediaStream ? srcObject.getTracks().map((it) => it.readyState) : [],
      );
      expect(states).toEqual(["ended"]);
    });

    it("asks for a file where the camera is not allowed", async ({
      resident: { page, preview },
    }) => {
      await page.goto("/");
      await page.getByText("사진 찍기").click();
      await page.getByText("카메라를 열지 못했어요.").waitFor();
      const chooser = page.waitForEvent("filechooser");
      await page.getByText("사진 찍기").click();
      await (await chooser).setFiles(bottle);
      await preview().waitFor();
    });

    it("sends several photos one after another, and leads from one item to the next", async ({
      resident: { page, outcome, words, submitButton, strip },
    }) => {
      await page.goto("/");
      await page.getByLabel("사진 고르기").setInputFiles([bottle, bottle, bottle]);
      await page.getByText("외 2장.").waitFor();
      await words().fill(rinsed);
      await submitButton().click();
      await page.getByText("사진 3장을 하나씩 알아보고 있어요.").waitFor();
      await strip().getByRole("link").nth(2).waitFor();
      await strip().locator("img").nth(2).waitFor();
      await strip().getByRole("link").last().click();
      const seen = new Set<string>();
      for (const left of [2, 1, 0]) {
        await outcome().waitFor();
        await page.getByRole("img", { name: "보낸 사진" }).waitFor();
        seen.add(page.url());
        const next = page.getByRole("link", { name: "다음 물건" });
        if (left > 0) await next.click();
        else expect(await next.count()).toBe(0);
        if (left > 0) await page.waitForURL((url) => !seen.has(url.href));
      }
      expect(seen.size).toBe(3);
    });
  });
}
