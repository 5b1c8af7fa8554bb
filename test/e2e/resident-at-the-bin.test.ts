import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { frame, visionCompleted } from "./build-frames.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { openPage } from "./open-page.ts";
import { playFrames } from "./play-frames.ts";
import { residentWays } from "./resident-ways.ts";
import { type Server, startServer } from "./start-server.ts";

declare global {
  /** What the page has shared. */
  var shared: ShareData[];
}

const bottle = "scripts/deploy/clear-bottle.jpg";
const rinsed = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";

describe.skipIf(browserless).each(residentWays)("$who at the bin", ({ env, usual }) => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let pageErrors: string[];

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startServer({ env }),
      launchBrowser("--use-fake-device-for-media-stream"),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function open(options: BrowserContextOptions = {}) {
    pageErrors = [];
    const place = { locale: "ko-KR", timezoneId: "Asia/Seoul" };
    const viewport = { width: 390, height: 844 };
    page = await openPage(
      browser,
      { baseURL: server.url, viewport, ...place, ...options },
      pageErrors,
    );
    await page.goto("/");
  }

  afterEach(async () => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    await page.context().close();
    expect(wide).toBeLessThanOrEqual(390);
    expect(pageErrors.filter((text) => !usual.test(text))).toEqual([]);
  });

  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const outcome = () => page.getByRole("heading", { level: 1, name: /→/ });
  const submit = () => button("배출 방법 알아보기").click();
  const camera = () => page.getByRole("dialog", { name: "카메라" });
  const preview = () => page.getByRole("img", { name: "보낼 사진 미리 보기" });
  const violations = async () =>
    (await new AxeBuilder({ page }).setLegacyMode().analyze()).violations.map(({ id }) => id);

  async function scanWords(words: string) {
    await page.locator("textarea").fill(words);
    await submit();
    await outcome().waitFor();
  }

  it("takes the photo in the page, and leaves the camera off afterwards", async () => {
    await open({ permissions: ["camera"] });
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

  it("asks for a file where the camera is not allowed", async () => {
    await open();
    await page.getByText("사진 찍기").click();
    await page.getByText("카메라를 열지 못했어요.").waitFor();
    const chooser = page.waitForEvent("filechooser");
    await page.getByText("사진 찍기").click();
    await (await chooser).setFiles(bottle);
    await preview().waitFor();
  });

  it("sends several photos one after another, and leads from one item to the next", async () => {
    await open();
    await page.getByLabel("사진 고르기").setInputFiles([bottle, bottle, bottle]);
    await page.getByText("외 2장.").waitFor();
    await page.locator("textarea").fill(rinsed);
    await submit();
    await page.getByText("사진 3장을 하나씩 알아보고 있어요.").waitFor();
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByRole("link").nth(2).waitFor();
    await strip.getByRole("link").last().click();
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

  it("offers what else is there, one item after the other, with the photo", async () => {
    await open();
    await page.getByLabel("사진 고르기").setInputFiles(bottle);
    await preview().waitFor();
    await scanWords("깨끗이 헹군 페트병이랑 콜라캔이랑 건전지");
    const others = page.getByRole("region", { name: "함께 있는 물건" });
    expect(await others.getByRole("button").allTextContents()).toEqual(["콜라캔", "건전지"]);
    expect(await violations()).toEqual([]);
    await page.reload();
    await button("콜라캔").click();
    await preview().waitFor();
    expect(await page.locator("textarea").inputValue()).toBe("콜라캔");
    await submit();
    await page.getByRole("heading", { level: 1, name: /^콜라캔 →/ }).waitFor();
    await page.getByRole("img", { name: "보낸 사진" }).waitFor();
    expect(await others.getByRole("button").allTextContents()).toEqual(["건전지"]);
    await button("건전지").click();
    await submit();
    await page.getByRole("heading", { level: 1, name: /^건전지 →/ }).waitFor();
    expect(await others.count()).toBe(0);
  });

  it("says while it waits how long that usually takes, with a fact, and keeps still when asked to", async () => {
    await open({ reducedMotion: "reduce" });
    await scanWords(rinsed);
    const placeholder = page.locator(".answer-placeholder");
    const socket = await playFrames(page);
    const wait = async (nth: number) => {
      await page.goto("/");
      await page.locator("textarea").fill(rinsed);
      await submit();
      (await socket(nth)).send(frame({ seq: 0, ...visionCompleted }));
    };
    await wait(0);
    await placeholder.getByText("보통 몇 초면 끝나요.").waitFor();
    await placeholder.getByText("알고 있었나요?").waitFor();
    const moves = () =>
      placeholder
        .locator(".character")
        .evaluate((it) => it.getAnimations().filter(({ playState }) => playState === "running"));
    expect(await moves()).toEqual([]);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await expect.poll(async () => (await moves()).length).toBe(1);
    expect(await violations()).toEqual([]);

    await page.evaluate(() => localStorage.removeItem("eco2-durations"));
    await wait(1);
    await placeholder.getByText("보통 몇 초, 길어도 1분이면 끝나요.").waitFor();
  });

  it("says from when the things may be put out here, and links the numbers to call", async () => {
    await open();
    await page.evaluate(() => localStorage.setItem("eco2-region", "서울특별시 강남구"));
    await page.clock.setFixedTime(new Date("2026-11-29T10:00:00+09:00"));
    await page.reload();
    await scanWords(rinsed);
    const local = page.getByRole("heading", { name: "서울특별시 강남구에서는" }).locator("..");
    await local.getByText("단독·연립주택은 목요일 저녁 8시부터 내놓을 수 있어요.").waitFor();

    await button("새로 분석하기").click();
    await scanWords("고장 난 전기밥솥");
    const phone = page.getByRole("link", { name: "1599-0903" }).first();
    expect(await phone.getAttribute("href")).toBe("tel:1599-0903".replaceAll("-", ""));
  });

  it("loads at most 60 KB of script, and shows the first step of an answer without scrolling", async () => {
    await open();
    const bodies: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (response.request().resourceType() === "script") bodies.push(response.body());
    });
    await page.reload();
    await page.locator("textarea").waitFor();
    const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length);
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60 * 1024);

    await scanWords(rinsed);
    const step = await page.getByRole("checkbox").first().boundingBox();
    const tabs = await page.getByRole("navigation").boundingBox();
    expect((step?.y ?? Infinity) + (step?.height ?? 0)).toBeLessThan(tabs?.y ?? 0);
  });

  it("paints first within a second when its processor is four times slower", async () => {
    await open();
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    const firstPaint = () =>
      page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    const times: number[] = [];
    // The machine may be busy with other tests: the best of three is the page's own.
    for (let load = 0; load < 3; load++) {
      await page.reload();
      await page.locator("textarea").waitFor();
      await expect.poll(firstPaint).toBeDefined();
      times.push((await firstPaint()) ?? Infinity);
    }
    expect(Math.min(...times)).toBeLessThan(1_000);
  });

  it("shares what the item is, and nothing of the resident", async () => {
    await open();
    await page.evaluate(() => {
      globalThis.shared = [];
      navigator.share = async (data) => void globalThis.shared.push(data ?? {});
    });
    await scanWords(rinsed);
    await button("공유하기").click();
    const shared = await page.evaluate(() => globalThis.shared);
    expect(shared).toEqual([
      {
        title: "이코와 분리배출",
        text: expect.stringMatching(/^[^→]+ → [^→]+$/),
        url: `${server.url}/`,
      },
    ]);
    const own = await page.evaluate(() => [
      location.pathname.split("/").at(-1) ?? "",
      localStorage.getItem("eco2-user") ?? "",
    ]);
    for (const id of [...own, rinsed]) expect(JSON.stringify(shared)).not.toContain(id);
  });

  it("shows a shared address with a title and a text, and no scan of anybody", async () => {
    await open();
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
