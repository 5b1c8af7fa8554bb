import { SignJWT } from "jose";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scanAsGuest } from "../../scripts/deploy/guest-scan.ts";
import { smoke } from "../../scripts/deploy/smoke.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { openPage } from "./open-page.ts";
import { keptPaths } from "./page-scripts.ts";
import { type Server, startServer } from "./start-server.ts";

const jwt = {
  AUTH_MODE: "jwt",
  AUTH_JWT_SECRET: "a secret of this test, of 32 bytes or more",
  SIGNING_SECRET: "another secret of this test, of 32 bytes or more",
};
const login = "https://login.example.com/eco2";

describe.skipIf(browserless)("the residents' page of a server that knows sessions alone", () => {
  let browser: Browser;
  const servers: Server[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  async function open(settings: Record<string, string>): Promise<Page> {
    const server = await startServer({ env: { ...jwt, ...settings } });
    servers.push(server);
    return openPage(browser, { baseURL: server.url, viewport: { width: 390, height: 844 } }, []);
  }

  async function submit(page: Page) {
    await page.locator("textarea").fill("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
  }

  it("scans as a guest, keeps the history over a reload, and renews an expired session", async () => {
    const page = await open({ GUESTS: "on" });
    await page.goto("/");
    await submit(page);
    await page.getByRole("heading", { level: 1, name: /→/ }).waitFor();
    const cookies = await page.context().cookies();
    expect(cookies.every(({ httpOnly }) => httpOnly)).toBe(true);
    expect(cookies.map(({ name }) => name).toSorted()).toEqual(["s_guest", "s_guest_refresh"]);

    await page.goto("/history");
    await page.getByText("무색페트병").first().waitFor();
    await page.context().clearCookies({ name: "s_guest" });
    await page.goto("/history");
    await page.getByText("무색페트병").first().waitFor();
  }, 120_000);

  it("keeps what the resident did as a guest when they log in", async () => {
    const page = await open({ GUESTS: "on", LOGIN_URL: login });
    await page.goto("/");
    await submit(page);
    await page.getByRole("heading", { level: 1, name: /→/ }).waitFor();
    await page.goto("/me");
    const link = page.getByRole("link", { name: "로그인하기" });
    expect(await link.getAttribute("href")).toBe(login);

    const token = await new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("resident-1")
      .setIssuedAt()
      .setExpirationTime("10m")
      .sign(new TextEncoder().encode(jwt.AUTH_JWT_SECRET));
    await page.context().addCookies([{ name: "s_access", value: token, url: page.url() }]);
    await page.goto("/history");
    await page.getByText("무색페트병").first().waitFor();
    const cookies = await page.context().cookies();
    expect(cookies.map(({ name }) => name)).toEqual(["s_access"]);
    await page.getByText("무색페트병").first().click();
    await page.getByRole("link", { name: "결과 보기" }).click();
    await page.getByRole("heading", { level: 1, name: /→/ }).waitFor();
    await page.goto("/me");
    await page.getByRole("heading", { name: "내 소개" }).waitFor();
    expect(await link.count()).toBe(0);
  }, 120_000);

  it("searches the rules without a network, and sends what was put aside as a guest", async () => {
    const server = await startServer({ env: { ...jwt, GUESTS: "on" } });
    servers.push(server);
    const page = await openPage(browser, { baseURL: server.url, serviceWorkers: "allow" }, []);
    await page.goto("/");
    await expect
      .poll(() => page.evaluate(keptPaths), { timeout: 60_000 })
      .toContain("/api/v1/regulations");
    await page.context().setOffline(true);
    await page.reload();
    await page.locator("textarea").pressSequentially("우유팩");
    const typed = page.getByRole("region", { name: "바로 보는 배출 방법" });
    await typed.getByText("→ 종이팩 수거함").first().waitFor();
    await page.getByLabel("사진 고르기").setInputFiles("scripts/deploy/clear-bottle.jpg");
    await page.getByRole("img", { name: "보낼 사진 미리 보기" }).waitFor();
    await submit(page);
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("연결되면 보낼게요").waitFor();
    await page.context().setOffline(false);
    await strip.getByText("다 됐어요").waitFor();
    const names = (await page.context().cookies()).map(({ name }) => name);
    expect(names.toSorted()).toEqual(["s_guest", "s_guest_refresh"]);
  }, 120_000);

  it("passes the check of a deploy, which visits it as a guest", async () => {
    const server = await startServer({ env: { ...jwt, GUESTS: "on" } });
    servers.push(server);
    expect(await scanAsGuest(server.url, 30_000)).toBe(true);
    await smoke(server.url, 10_000);
  }, 120_000);

  it("shows where to log in when there are no guests", async () => {
    const page = await open({ LOGIN_URL: login });
    await page.goto("/");
    await submit(page);
    await page.getByRole("alert").getByText("로그인이 필요해요.").waitFor();
    const link = page.getByRole("link", { name: "로그인하러 가기" });
    expect(await link.getAttribute("href")).toBe(login);
    expect(await page.locator("textarea").inputValue()).toContain("투명 페트병");
  }, 120_000);
});
