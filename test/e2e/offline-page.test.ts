import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { openPage } from "./open-page.ts";
import { type Server, startServer } from "./start-server.ts";

/** Everything that the page's service worker keeps. */
async function keptPaths(): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) paths.push(new URL(url).pathname);
  }
  return paths;
}

describe.skipIf(browserless)("the residents' page without a network", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    page = await openPage(
      browser,
      { baseURL: server.url, viewport: { width: 390, height: 844 }, serviceWorkers: "allow" },
      [],
    );
    await page.goto("/");
    // All regulations are kept, the last of them the list.
    await expect
      .poll(() => page.evaluate(keptPaths), { timeout: 60_000 })
      .toContain("/api/v1/regulations");
  });

  afterEach(() => page.context().close());

  const outcome = () => page.getByRole("heading", { level: 1, name: /→/ });

  it("opens, searches the rules, puts a photo aside, and sends it when the network is back", async () => {
    await page.context().setOffline(true);
    await page.reload();
    await page.getByRole("heading", { name: "무엇을 버릴까요?" }).waitFor();
    await page.locator("textarea").pressSequentially("우유팩");
    const typed = page.getByRole("region", { name: "바로 보는 배출 방법" });
    await typed.getByText("→ 종이팩 수거함").first().click();
    await typed.getByText(/펼/).first().waitFor();

    await page.locator("textarea").fill("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
    await page.getByLabel("사진 고르기").setInputFiles("scripts/deploy/clear-bottle.jpg");
    await page.getByRole("img", { name: "보낼 사진 미리 보기" }).waitFor();
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
    await page.getByText("연결되면 바로 보낼게요.").waitFor();
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("연결되면 보낼게요").waitFor();
    await page.reload();
    await strip.getByText("연결되면 보낼게요").waitFor();

    await page.context().setOffline(false);
    await strip.getByText("다 됐어요").waitFor();
    await strip.getByRole("link").click();
    await outcome().waitFor();
    await page.getByRole("img", { name: "보낸 사진" }).waitFor();
    expect(await page.evaluate(() => localStorage.getItem("eco2-outbox"))).toBe("[]");
  });

  it("keeps what was put aside when the resident has to log in first", async () => {
    await page.context().setOffline(true);
    await page.locator("textarea").fill("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("연결되면 보낼게요").waitFor();
    await page.context().route("**/api/v1/scan", (route) => route.fulfill({ status: 401 }));
    const refused = page.waitForResponse((response) => response.url().endsWith("/auth/refresh"));
    await page.context().setOffline(false);
    await refused;
    await page.context().unrouteAll();
    await page.reload();
    await strip.getByText("다 됐어요").waitFor();
  });

  it("sends what was put aside in one of two tabs, one after another", async () => {
    await page.context().setOffline(true);
    for (const words of ["깨진 유리컵", "다 쓴 건전지"]) {
      await page.locator("textarea").fill(words);
      await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
      await page.getByText("연결되면 바로 보낼게요.").waitFor();
    }
    const other = await page.context().newPage();
    await other.goto("/collection");
    await other.getByRole("heading", { name: "도감" }).waitFor();
    let [underWay, most, all] = [0, 0, 0];
    await page.context().route("**/api/v1/scan", async (route) => {
      all++;
      most = Math.max(most, ++underWay);
      const response = await route.fetch();
      underWay--;
      await route.fulfill({ response });
    });
    await page.context().setOffline(false);
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("다 됐어요").nth(1).waitFor();
    expect({ most, all }).toEqual({ most: 1, all: 2 });
  });

  it("opens with a damaged outbox, and sends what is whole in it", async () => {
    const store = (text: string) =>
      page.evaluate((outbox) => localStorage.setItem("eco2-outbox", outbox), text);
    await store('[{"id":"cut of');
    await page.reload();
    await page.getByRole("heading", { name: "무엇을 버릴까요?" }).waitFor();

    const whole = { id: crypto.randomUUID(), words: "깨진 유리컵", region: "", hasPhoto: false };
    await store(JSON.stringify([null, { ...whole, words: 1 }, whole]));
    await page.reload();
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("다 됐어요").waitFor();
    expect(await strip.getByRole("listitem").count()).toBe(1);
    expect(await page.evaluate(() => localStorage.getItem("eco2-outbox"))).toBe("[]");
  });

  it("keeps nothing of a person but the resident's own photos", async () => {
    await page.locator("textarea").fill("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
    await outcome().waitFor();
    for (const name of ["내 기록", "도감", "내 정보"]) {
      await page.getByRole("link", { name }).click();
      await page.getByRole("heading", { name, level: 1 }).waitFor();
    }
    const paths = await page.evaluate(keptPaths);
    expect(
      paths.filter(
        (path) =>
          !/^\/(?:$|assets\/|favicon|icon|api\/v1\/(?:regulations|character\/catalog))/.test(path),
      ),
    ).toEqual([]);
  });

  it("is installable, and shows a new version at once", async () => {
    const manifest = await page.request.get("/manifest.webmanifest");
    expect(manifest.headers()["content-type"]).toContain("application/manifest+json");
    const { icons, start_url }: { icons: { src: string }[]; start_url: string } =
      await manifest.json();
    expect(start_url).toBe("/");
    for (const { src } of icons) expect((await page.request.get(src)).status()).toBe(200);

    await page.evaluate(async () => {
      const cache = await caches.open("eco2-shell");
      await cache.put("/", new Response("<!doctype html><title>old</title>"));
    });
    await page.reload();
    await page.getByRole("heading", { name: "무엇을 버릴까요?" }).waitFor();
    const kept = await page.evaluate(async () => (await caches.match("/"))?.text());
    expect(kept).toContain('id="root"');
  });
});
