import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import { request } from "node:http";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headersForServer, lanVerdict, pairingCookie } from "../../scripts/start/lan-access.ts";
import { startLanProxy } from "../../scripts/start/lan-proxy.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { openPage } from "./open-page.ts";
import { type Server, startServer } from "./start-server.ts";

const access = { host: "192.168.0.2:8787", token: "a-token-of-this-start" };
const paired = { host: access.host, cookie: `a=b; ${pairingCookie}=${access.token}` };
const statusOf = (url: string, headers: Record<string, string> = paired) => {
  const verdict = lanVerdict(access, { url, headers });
  return verdict.verdict === "refused" ? verdict.status : verdict.verdict;
};

describe("who passes from the network", () => {
  it.each([
    ["/", {}, 401],
    ["/api/v1/scan", { cookie: `${pairingCookie}=guess` }, 401],
    ["/pair?token=guess", {}, 401],
    ["/pair", {}, 401],
    [`/pair?token=${access.token}`, {}, "pair"],
    [`/pair?token=${access.token}`, { host: "evil.example.com" }, 403],
    ["/", { ...paired, host: "evil.example.com" }, 403],
    ["/api/v1/scan", { ...paired, origin: "https://evil.example.com" }, 403],
    ["http://localhost/", paired, 403],
    ["//evil.example.com/", paired, 403],
  ])("answers %s with %o: %s", (url, headers, expected) => {
    expect(statusOf(url, { host: access.host, ...headers })).toBe(expected);
  });

  it.each([
    ["/", "/history", "/s/0-a", "/assets/app-1.js", "/models/photo-1.bin", "/icon-192.png"],
    ["/api/v1/scan", "/api/v1/scan/j/ws?token=t", "/api/v1/users/me", "/api/v1/auth/options"],
    ["/api/v1/regulations/%EC%A2%85%EC%9D%B4?region=x", "/api/v1/character/catalog"],
  ])("lets the page through: %s …", (...urls) => {
    expect(urls.map((url) => statusOf(url))).toEqual(urls.map(() => "pass"));
  });

  it.each([
    ["/ops", "/docs", "/openapi.json", "/ready", "/health", "/metrics", "/api/v1/metrics"],
    ["/api/v1/ops", "/api/v1/ops/overview", "/api/v1/events", "/api/v1/auth/dev-login"],
    ["/dev-key?key=x", "/cdn-cgi/handler/scheduled", "/__cf_local/stream", "/api/v1/scanner"],
    ["/api/v1/scan/../ops/overview", "/api/v1/scan/%2e%2e/ops/overview", "/assets/../ops"],
    ["/api/v1/scan/..\\ops\\overview", "/API/v1/ops", "/assets/a/../../ops"],
  ])("keeps everything else closed: %s …", (...urls) => {
    expect(urls.map((url) => statusOf(url))).toEqual(urls.map(() => 404));
  });

  it("passes on no cookie, no key of the sender's, and nothing that a proxy adds", () => {
    const sent = {
      ...paired,
      origin: `http://${access.host}`,
      "x-user-id": "web-1",
      "x-dev-key": "guess",
      "x-start-key": "guess",
      "x-forwarded-for": "10.0.0.1",
      "mf-original-url": "http://localhost/ops",
      authorization: "Bearer x",
    };
    expect(headersForServer(sent, new URL("http://localhost:8787"), "key")).toEqual({
      host: "localhost:8787",
      origin: "http://localhost:8787",
      "x-user-id": "web-1",
      "x-dev-key": "key",
    });
  });
});

describe.skipIf(browserless)("a phone in the network", () => {
  let server: Server;
  let browser: Browser;
  let lan: Awaited<ReturnType<typeof startLanProxy>>;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ locked: true }), launchBrowser()]);
    const devKey = await readFile(join(server.persistTo, "dev-key"), "utf8");
    const place = { server: new URL(server.url), address: "127.0.0.1", port: 0 };
    lan = await startLanProxy({ ...place, devKey });
  });

  afterAll(async () => {
    await browser?.close();
    lan?.close();
    await server?.stop();
  });

  it("scans once it has opened the address of this start, and is refused before", async () => {
    const errors: string[] = [];
    const { origin } = new URL(lan.url);
    const page = await openPage(browser, { baseURL: origin }, errors);
    const program = await page.request.get("/");
    expect(program.status()).toBe(401);
    expect(await program.text()).toBe("Open the address that npm start has printed.");
    expect((await page.goto("/"))?.status()).toBe(401);
    await page.getByRole("heading", { name: "아직 연결되지 않았어요" }).waitFor();
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.goto(lan.url);
    await page.waitForURL(`${origin}/`);
    const opened = page.waitForEvent("websocket");
    await page.locator("textarea").fill("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
    await page.getByRole("heading", { level: 1, name: /→/ }).waitFor();
    expect(new URL((await opened).url()).host).toBe(new URL(origin).host);
    await page.getByRole("link", { name: "내 기록" }).click();
    await page.getByText("무색페트병").first().waitFor();
    expect((await page.goto("/ops"))?.status()).toBe(404);
    await page.getByRole("link", { name: "분리배출 화면으로" }).click();
    await page.getByRole("heading", { name: "무엇을 버릴까요?" }).waitFor();
    expect(errors.filter((text) => !/40[14]/.test(text))).toEqual([]);
  });

  it("opens no socket without the cookie", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const asked = request(new URL("/api/v1/scan/j/ws", lan.url), {
      headers: { connection: "Upgrade", upgrade: "websocket" },
    });
    asked.once("upgrade", () => resolve("opened")).once("error", () => resolve("refused"));
    asked.end();
    expect(await promise).toBe("refused");
  });
});
