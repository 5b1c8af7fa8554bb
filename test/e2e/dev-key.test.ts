import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { openPage } from "./open-page.ts";
import { runCommand } from "./run-command.ts";
import { type Server, startServer } from "./start-server.ts";

const asUser = { "x-user-id": "me", "content-type": "application/json" };
const body = JSON.stringify({ user_input: "라벨 붙은 투명 페트병" });

describe("the key of a local server", () => {
  let server: Server;
  let key: string;

  beforeAll(async () => {
    server = await startServer({ locked: true, env: { DEFAULT_MODEL: "offline" } });
    key = await readFile(join(server.persistTo, "dev-key"), "utf8");
  });
  afterAll(() => server.stop());

  const submit = (headers: Record<string, string>) =>
    fetch(new URL("/api/v1/scan", server.url), {
      method: "POST",
      headers: { ...asUser, ...headers },
      body,
    });
  const address = () => `${server.url}/dev-key?key=${key}`;

  it("is printed, and kept for the owner of the state alone", async () => {
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(server.output()).toContain(address());
    expect((await stat(join(server.persistTo, "dev-key"))).mode & 0o777).toBe(0o600);
  });

  it("is asked for, whoever a request says it is", async () => {
    expect((await submit({})).status).toBe(401);
    expect((await submit({ "x-dev-key": "guess" })).status).toBe(401);
    expect((await submit({ "x-dev-key": key })).status).toBe(202);
  });

  it("is given to a browser for the printed address, and for no other", async () => {
    const good = await fetch(address(), { redirect: "manual" });
    expect([good.status, good.headers.get("location")]).toEqual([303, "/"]);
    expect(good.headers.getSetCookie()).toEqual([
      `dev_key=${key}; Path=/; HttpOnly; SameSite=Strict`,
    ]);
    for (const path of ["/dev-key", "/dev-key?key=", "/dev-key?key=guess", "/"]) {
      const bad = await fetch(new URL(path, server.url), { redirect: "manual" });
      expect(bad.headers.getSetCookie()).toEqual([]);
      expect(await bad.text()).not.toContain(key);
    }
  });

  it("is sent by npm run scan, which reads it in the state", async () => {
    const scan = (...args: string[]) =>
      runCommand("npm", [
        "run",
        "-s",
        "scan",
        "--",
        "라벨 붙은 투명 페트병",
        "--url",
        server.url,
        ...args,
      ]);
    expect((await scan("--persist-to", server.persistTo)).code).toBe(0);
    const refused = await scan("--persist-to", join(server.persistTo, "none"));
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("X-Dev-Key")]);
  });

  it("is in the README's example, which works as it is written", async () => {
    const readme = await readFile("README.md", "utf8");
    const [, example = ""] = /Over HTTP,[^`]*(?:`jq`[^`]*)?```sh\n(.*?)```/s.exec(readme) ?? [];
    const commands = example
      .replaceAll("http://localhost:8787", server.url)
      .replaceAll(".wrangler/state", server.persistTo);
    expect(commands).not.toBe(example);
    const { code, stdout } = await runCommand("bash", ["-euc", commands]);
    expect(code).toBe(0);
    expect(stdout).toContain("event: done");
    expect(stdout).toContain('"pipeline_result":{');
  });

  describe.skipIf(browserless)("in a browser", () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    it("is carried by a page that is opened, by no address but its own, also after a restart", async () => {
      const errors: string[] = [];
      const context = await browser.newContext({ locale: "ko-KR" });
      // Of an earlier start.
      await context.addCookies([{ name: "dev_key", value: "earlier", url: server.url }]);
      const page = await context.newPage();
      page.on("pageerror", (error) => errors.push(String(error)));
      for (const path of ["/", "/history", "/"]) await page.goto(`${server.url}${path}`);
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
      await page.reload();
      await page.locator("textarea").fill("라벨 붙은 투명 페트병");
      await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
      await page.getByRole("heading", { level: 1, name: /→/ }).waitFor();
      expect(errors).toEqual([]);
      await context.close();
    });

    it("is not left by another site's link", async () => {
      const page = await openPage(browser, { viewport: { width: 390, height: 844 } }, []);
      await page.route("http://elsewhere.test/", (route) =>
        route.fulfill({
          contentType: "text/html",
          body: `<a href="${server.url}/">a link</a>`,
        }),
      );
      await page.goto("http://elsewhere.test/");
      await page.getByRole("link").click();
      await page.locator("textarea").waitFor();
      expect(await page.context().cookies(server.url)).toEqual([]);
      await page.context().close();
    });

    it("lets the page scan, and a page without it says where it is", async () => {
      const errors: string[] = [];
      const page = await openPage(browser, { viewport: { width: 390, height: 844 } }, errors);
      const scan = async () => {
        await page.locator("textarea").fill("라벨 붙은 투명 페트병");
        await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
      };
      await page.goto(server.url);
      await page.context().clearCookies();
      await scan();
      await page.getByText("npm start가 알려 준 주소로 열어 주세요").waitFor();
      expect(errors.filter((text) => !text.includes("401"))).toEqual([]);
      await page.goto(address());
      expect(page.url()).toBe(`${server.url}/`);
      await scan();
      await page.getByRole("heading", { level: 1, name: /→/ }).waitFor();
      await page.context().close();
    });
  });
});
