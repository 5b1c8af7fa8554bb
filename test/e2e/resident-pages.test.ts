import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { openPage } from "./open-page.ts";
import { residentWays } from "./resident-ways.ts";
import { type Server, startServer } from "./start-server.ts";

const rinsed = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
const couch = "안 쓰는 소파";

describe.skipIf(browserless).each(residentWays)("the other pages of $who", ({ env, usual }) => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let pageErrors: string[];
  let expected: RegExp | null;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ env }), launchBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    pageErrors = [];
    expected = null;
    const place = { locale: "ko-KR", timezoneId: "Asia/Seoul" };
    const options = { baseURL: server.url, viewport: { width: 390, height: 844 }, ...place };
    page = await openPage(browser, options, pageErrors);
  });

  afterEach(async () => {
    await page.context().close();
    const wrong = pageErrors.filter((text) => !usual.test(text) && !expected?.test(text));
    expect(wrong).toEqual([]);
  });

  const heading = (name: string) => page.getByRole("heading", { name, exact: true });
  const tab = (name: string) => page.getByRole("navigation").getByRole("link", { name });

  async function scan(words: string) {
    await page.goto("/");
    await page.locator("textarea").fill(words);
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
    await page.getByRole("heading", { level: 1, name: /→/ }).waitFor();
  }

  const entry = (name: string) =>
    page.getByRole("listitem").filter({ has: page.locator("summary", { hasText: name }) });

  it("lists the scans of the resident, by category, with their steps, and starts one again", async () => {
    await scan(rinsed);
    await scan(couch);
    await tab("내 기록").click();
    await heading("내 기록").and(page.locator(":focus")).waitFor();
    await entry("소파").waitFor();
    await entry("투명 페트병").getByRole("img", { name: "캐릭터 페티" }).waitFor();
    await page.getByRole("button", { name: "무색페트병" }).click();
    await entry("소파").waitFor({ state: "detached" });

    await entry("투명 페트병").locator("summary").click();
    await entry("투명 페트병").getByText("물로 속을 헹궈 주세요.").waitFor();
    await entry("투명 페트병").getByRole("link", { name: "결과 보기" }).click();
    await page.getByRole("heading", { level: 1, name: /→/ }).waitFor();
    await page.goBack();
    await entry("투명 페트병").locator("summary").click();
    await entry("투명 페트병").getByRole("button", { name: "또 버리기" }).click();
    await heading("무엇을 버릴까요?").waitFor();
    expect(await page.locator("textarea").inputValue()).toBe("투명 페트병");
  });

  it("invites a resident without a scan, and says when the history cannot be loaded", async () => {
    await page.goto("/history");
    await page.getByText("아직 기록이 없어요.").waitFor();
    expected = /500/;
    await page.route("**/api/v1/users/me/scans*", (route) => route.fulfill({ status: 500 }));
    await page.reload();
    await page.getByRole("alert").getByText("서버에 문제가 생겼어요.").waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: "다시 불러오기" }).click();
    await page.getByText("아직 기록이 없어요.").waitFor();
  });

  it("shows who was met in colour, and the others as outlines with how to meet them", async () => {
    await scan(rinsed);
    await tab("도감").click();
    await heading("도감").and(page.locator(":focus")).waitFor();
    await page.getByText("2 / 13 친구를 만났어요").waitFor();
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
    await page.getByRole("img", { name: "아직 만나지 못한 글래시" }).waitFor();
    await page.getByText("유리병 쓰레기를 찍고 바르게 챙기면 만나요.").waitFor();
    const drawings = await page
      .locator(".characters svg")
      .evaluateAll((all) => all.map((it) => it.querySelector("path, rect")?.outerHTML));
    expect(new Set(drawings).size).toBe(13);
  });

  it("counts the month, saves the profile, and says what is wrong with it", async () => {
    expected = /422/;
    await scan(rinsed);
    await tab("내 정보").click();
    const month = page.getByRole("region", { name: "이번 달" });
    await month.getByText("가장 많이 버린 종류: 무색페트병").waitFor();
    expect(await month.locator("dd").allTextContents()).toEqual(["1", "1", "1"]);
    await page.getByLabel("별명").fill("분리배출왕");
    await page.getByLabel("전화번호").fill("없어요");
    await page.getByRole("button", { name: "저장" }).click();
    await page.getByRole("alert").getByText("전화번호를 읽을 수 없어요.").waitFor();
    await page.getByLabel("전화번호").fill("010-1234-5678");
    await page.getByRole("button", { name: "저장" }).click();
    await page.getByText("저장했어요.").waitFor();
    await page.reload();
    await page.getByLabel("별명").and(page.locator("[name=nickname]")).waitFor();
    await expect
      .poll(() => page.getByLabel("별명").inputValue(), { timeout: 10_000 })
      .toBe("분리배출왕");
  });

  it("erases everything after a second press, here and on the server", async () => {
    await scan(rinsed);
    await tab("내 정보").click();
    await page.getByRole("button", { name: "내 기록 모두 지우기" }).click();
    await page.getByRole("button", { name: "그만두기" }).click();
    await page.getByRole("button", { name: "내 기록 모두 지우기" }).click();
    await page.getByRole("button", { name: "네, 모두 지울게요" }).click();
    await page.getByText("모두 지웠어요.").waitFor();
    expect(await page.evaluate(() => localStorage.getItem("eco2-scans"))).toBeNull();
    await tab("내 기록").click();
    await page.getByText("아직 기록이 없어요.").waitFor();
    await tab("도감").click();
    await page.getByText("1 / 13 친구를 만났어요").waitFor();
  });

  it("has no axe violation and no sideways scroll, from 320 to 1280 px and with text of twice the size", async () => {
    await scan(rinsed);
    const found: string[] = [];
    for (const path of ["/", new URL(page.url()).pathname, "/history", "/collection", "/me"]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.getByText("있어요…").waitFor({ state: "detached" });
      for (const { width, colorScheme, size } of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 844 });
        await page.evaluate((size) => {
          document.documentElement.style.fontSize = size;
        }, size);
        const at = `${path}, ${colorScheme}, ${width} px, ${size}`;
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > width) found.push(`${at}: ${wide} px wide`);
        if (size !== "100%") continue;
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        found.push(...violations.map(({ id, nodes }) => `${at}: ${id} ${nodes[0]?.html}`));
      }
    }
    expect(found).toEqual([]);
  }, 150_000);
});

const looks = [
  { width: 390, colorScheme: "light", size: "100%" },
  { width: 1280, colorScheme: "dark", size: "100%" },
  { width: 320, colorScheme: "light", size: "100%" },
  { width: 390, colorScheme: "light", size: "200%" },
] as const;
