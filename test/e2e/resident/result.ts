import { describe, expect } from "vitest";
import { frame, visionCompleted } from "../build-frames.ts";
import { playFrames } from "../play-frames.ts";
import { holdFrames } from "./hold-frames.ts";
import { bottle, labelled, rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

declare global {
  /** What the page has shared. */
  var shared: ShareData[];
}

export function describeResult(it: ResidentTest) {
  describe("the result", () => {
    it("shows each step and the category as they complete, then the steps to tick and the character", async ({
      resident: { page, heading, outcome, step, submitWords },
    }) => {
      const passUpTo = await holdFrames(page);
      await submitWords(rinsed);
      await heading("살펴보고 있어요").and(page.locator(":focus")).waitFor();
      await step("확인").and(page.locator("[aria-current=step]")).waitFor();

      passUpTo(2);
      await step("확인").filter({ hasText: "완료됨" }).waitFor();
      await step("분석").and(page.locator("[aria-current=step]")).waitFor();
      await page.getByText("무색페트병", { exact: true }).waitFor();
      await page.getByRole("progressbar").and(page.locator("[value='25']")).waitFor();
      expect(await page.getByText("배출 순서").count()).toBe(0);

      passUpTo(4);
      await step("배출방법").and(page.locator("[aria-current=step]")).waitFor();

      passUpTo(Infinity);
      await outcome().waitFor();
      await heading("투명 페트병 → 투명 페트병 수거함").waitFor();
      expect(await page.getByRole("progressbar").count()).toBe(0);
      await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
      await page.getByText("만나서 반가워! 라벨을 떼고 모아 주면").waitFor();
      expect(await page.getByText("내용물을 깨끗이 비워 주세요.").count()).toBe(1);
      await page.getByText(/기후에너지환경부훈령 제18호.*2026년 1월 1일 시행/).waitFor();
      expect(await page.getByText("버리기 전에 이것만 더").count()).toBe(0);

      const tick = (name: RegExp) => page.getByRole("checkbox", { name }).first();
      expect(await tick(/헹궈/).isChecked()).toBe(true);
      expect(await tick(/찌그러뜨려/).isChecked()).toBe(false);
      await page.getByText(/찌그러뜨려/).click();
      expect(await tick(/찌그러뜨려/).isChecked()).toBe(true);
      passUpTo(Infinity);
      await page.reload();
      await tick(/찌그러뜨려/)
        .and(page.locator(":checked"))
        .waitFor();
    });

    it("shows what the item lacks, and gives the character of the same scan when that is done", async ({
      resident: { page, expected, heading, outcome, words, submitWords },
    }) => {
      expected.push(/500/);
      await submitWords(labelled);
      await heading("버리기 전에 이것만 더").waitFor();
      await page.getByText("비닐 라벨이 아직 붙어 있어요.").waitFor();
      expect(await page.getByText(/캐릭터를 만날 수 있어요/).count()).toBe(1);
      expect(await page.getByText("새 친구를 만났어요!").count()).toBe(0);
      const done = page.getByRole("button", { name: "다 했어요" });
      expect(await done.isDisabled()).toBe(true);
      await page.getByText("비닐 라벨이 아직 붙어 있어요.").click();
      await page.route("**/done-steps", (route) => route.fulfill({ status: 500 }));
      await done.click();
      await page.getByRole("alert").getByText("서버에 문제가 생겼어요.").waitFor();
      await page.unrouteAll();
      await done.click();
      await page.getByText("새 친구를 만났어요!").waitFor();
      const moves = () =>
        page.locator(".reward .character").evaluate((it) => it.getAnimations().length);
      expect(await moves()).toBe(0);
      await page.emulateMedia({ reducedMotion: "no-preference" });
      await expect.poll(moves).toBe(1);
      await heading("버리기 전에 이것만 더").waitFor({ state: "detached" });
      await outcome().waitFor();

      await page.getByRole("button", { name: "새로 분석하기" }).click();
      await heading("무엇을 버릴까요?").and(page.locator(":focus")).waitFor();
      expect(await words().inputValue()).toBe("");
      await page.reload();
      await heading("무엇을 버릴까요?").waitFor();
    });

    it("begins at its top, with the answer in sight however long the words were", async ({
      resident: { page, outcome, words, submitButton },
    }) => {
      await page.setViewportSize({ width: 390, height: 640 });
      await page.goto("/");
      await words().fill(`${rinsed} ${"어제 저녁에 다 마신 큰 병이에요. ".repeat(45)}`);
      await page.evaluate(() => scrollTo({ top: 9_999 }));
      await submitButton().click();
      await outcome().waitFor();
      expect(await page.evaluate(() => scrollY)).toBe(0);
      const answer = await page.getByRole("region", { name: "이코의 한마디" }).boundingBox();
      const tabs = await page.getByRole("navigation").boundingBox();
      expect(answer?.y).toBeLessThan(tabs?.y ?? NaN);
    });

    it("returns to the same words when they name nothing that is known", async ({
      resident: { page, heading, words, submitWords },
    }) => {
      await submitWords("우주선 잔해");
      await heading("무엇인지 알아내지 못했어요").waitFor();
      await page.getByText("배출 규정에서 찾지 못했어요").waitFor();
      expect(await page.getByText("배출 규정 매칭 실패").count()).toBe(0);
      await words().and(page.locator(":focus")).waitFor();
      expect(await words().inputValue()).toBe("우주선 잔해");
    });

    it("says while it waits how long that usually takes, with a fact, and keeps still when asked to", async ({
      resident,
    }) => {
      const { page, placeholder, violations } = resident;
      await resident.scan(rinsed);
      const socket = await playFrames(page);
      const wait = async (nth: number) => {
        await resident.submitWords(rinsed);
        (await socket(nth)).send(frame({ seq: 0, ...visionCompleted }));
      };
      await wait(0);
      await placeholder().getByText("보통 몇 초면 끝나요.").waitFor();
      await placeholder().getByText("알고 있었나요?").waitFor();
      const moves = () =>
        placeholder()
          .locator(".character")
          .evaluate((it) => it.getAnimations().filter(({ playState }) => playState === "running"));
      expect(await moves()).toEqual([]);
      await page.emulateMedia({ reducedMotion: "no-preference" });
      await expect.poll(async () => (await moves()).length).toBe(1);
      expect(await violations()).toEqual([]);

      await page.evaluate(() => localStorage.removeItem("eco2-durations"));
      await wait(1);
      await placeholder().getByText("보통 몇 초, 길어도 1분이면 끝나요.").waitFor();
    });

    it("says from when the things may be put out here, and links the numbers to call", async ({
      resident: { page, scan },
    }) => {
      await page.addInitScript(() => localStorage.setItem("eco2-region", "서울특별시 강남구"));
      await page.clock.setFixedTime(new Date("2026-11-29T10:00:00+09:00"));
      await scan(rinsed);
      const local = page.getByRole("heading", { name: "서울특별시 강남구에서는" }).locator("..");
      await local.getByText("단독·연립주택은 목요일 저녁 8시부터 내놓을 수 있어요.").waitFor();

      await scan("고장 난 전기밥솥");
      const phone = page.getByRole("link", { name: "1599-0903" }).first();
      expect(await phone.getAttribute("href")).toBe("tel:1599-0903".replaceAll("-", ""));
    });

    it("offers what else is there, one item after the other, with the photo", async ({
      resident: { page, button, outcome, words, submitButton, preview, violations },
    }) => {
      const outcomeOf = (item: RegExp) => page.getByRole("heading", { level: 1, name: item });
      await page.goto("/");
      await page.getByLabel("사진 고르기").setInputFiles(bottle);
      await preview().waitFor();
      await words().fill("깨끗이 헹군 페트병이랑 콜라캔이랑 건전지");
      await submitButton().click();
      await outcome().waitFor();
      const others = page.getByRole("region", { name: "함께 있는 물건" });
      expect(await others.getByRole("button").allTextContents()).toEqual(["콜라캔", "건전지"]);
      expect(await violations()).toEqual([]);
      await page.reload();
      await button("콜라캔").click();
      await preview().waitFor();
      expect(await words().inputValue()).toBe("콜라캔");
      await submitButton().click();
      await outcomeOf(/^콜라캔 →/).waitFor();
      await page.getByRole("img", { name: "보낸 사진" }).waitFor();
      expect(await others.getByRole("button").allTextContents()).toEqual(["건전지"]);
      await button("건전지").click();
      await submitButton().click();
      await outcomeOf(/^건전지 →/).waitFor();
      expect(await others.count()).toBe(0);
    });

    it("offers no sharing where the browser has none, as without TLS", async ({
      resident: { page, button, scan },
    }) => {
      await page.addInitScript(() => {
        Reflect.deleteProperty(Navigator.prototype, "share");
        Reflect.deleteProperty(Navigator.prototype, "clipboard");
      });
      await scan(rinsed);
      expect(await button("공유하기").count()).toBe(0);
    });

    it("shares what the item is, and nothing of the resident", async ({
      resident: { page, button, scan },
    }) => {
      await page.addInitScript(() => {
        globalThis.shared = [];
        navigator.share = async (data) => void globalThis.shared.push(data ?? {});
      });
      await scan(rinsed);
      await button("공유하기").click();
      const shared = await page.evaluate(() => globalThis.shared);
      expect(shared).toEqual([
        {
          title: "이코와 분리배출",
          text: expect.stringMatching(/^[^→]+ → [^→]+$/),
          url: new URL("/", page.url()).href,
        },
      ]);
      const own = await page.evaluate(() => [
        location.pathname.split("/").at(-1) ?? "",
        localStorage.getItem("eco2-user") ?? "",
      ]);
      for (const id of [...own, rinsed]) expect(JSON.stringify(shared)).not.toContain(id);
    });

    it("says when a result is copied where nothing can be shared", async ({ open }) => {
      const { page, button, scan } = await open({ permissions: ["clipboard-write"] });
      await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "share"));
      await scan(rinsed);
      await button("공유하기").press("Enter");
      await page.getByRole("status").getByText("복사했어요").waitFor();
    });

    it("says from when things may be put out as time goes by", async ({
      resident: { page, scan },
    }) => {
      // A Thursday evening in Korea.
      await page.clock.install({ time: "2026-12-03T14:00:00Z" });
      await page.addInitScript(() => localStorage.setItem("eco2-region", "서울특별시 강남구"));
      // The page's connection stays open: its end would render the scan again.
      const passUpTo = await holdFrames(page);
      passUpTo(Infinity);
      await scan(rinsed);
      await page.getByText("지금 내놓을 수 있어요. 내일 새벽 5시까지예요.").waitFor();
      await page.clock.fastForward("08:00:00");
      await page.getByText("은 목요일 저녁 8시부터 내놓을 수 있어요.").waitFor();
    });

    it("shows a shared address with a title and a text, and no scan of anybody", async ({
      resident: { page },
    }) => {
      const meta = async (path: string) => {
        const html = await (await page.request.get(path)).text();
        return [...html.matchAll(/<meta\s+property="(og:[^"]+)"\s+content="([^"]+)"/g)].map(
          ([, name, content]) => [name, content],
        );
      };
      const tags = await meta("/");
      expect(Object.fromEntries(tags)).toMatchObject({
        "og:title": "이코와 분리배출",
        "og:description": expect.stringContaining("분리배출"),
      });
      expect(await meta("/s/00000000-0000-4000-8000-000000000000")).toEqual(tags);
    });
  });
}
