import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { browserless, launchBrowser } from "./browser.ts";
import { type Server, startServer } from "./start-server.ts";

const phone = { viewport: { width: 390, height: 844 }, colorScheme: "dark" } as const;
const desktop = { viewport: { width: 1280, height: 900 }, colorScheme: "light" } as const;

const Document = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
  webhooks: z.record(z.string(), z.object({})),
});

describe.skipIf(browserless)("the page of the API's document", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const elsewhere: string[] = [];

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    page = await opened(desktop);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function opened(screen: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext({ baseURL: server.url, ...screen });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    // A refusal by the content security policy is such an error, too.
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "data:" && origin !== server.url) elsewhere.push(request.url());
    });
    await page.goto("/docs");
    await page.getByRole("heading", { name: /^Eco² Edge/ }).waitFor();
    return page;
  }

  const block = (id: string, on = page) => on.locator(`.opblock[id$="-${id}"]`);
  const unfold = async (id: string, on = page) => {
    await block(id, on).getByRole("button").first().click();
    await block(id, on).getByRole("heading", { name: "Responses" }).waitFor();
  };

  async function expectReadable(on: Page) {
    const axe = new AxeBuilder({ page: on }).options({ resultTypes: ["violations"] });
    const { violations } = await axe.analyze();
    const serious = violations.filter(
      ({ impact }) => impact === "serious" || impact === "critical",
    );
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    const [width, shown] = await on.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    expect(width).toBe(shown);
  }

  afterEach(() => {
    expect(complaints).toEqual([]);
    expect(elsewhere).toEqual([]);
  });

  it("shows every operation, and asks nobody else for anything", async () => {
    const written: unknown = await (await page.request.get("/openapi.json")).json();
    const { openapi, paths, webhooks } = Document.parse(written);
    expect(openapi).toBe("3.1.1");
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    await block(ids.at(-1) ?? "").waitFor();
    const shown = await page
      .locator(".opblock")
      .evaluateAll((blocks) => blocks.map(({ id }) => id.split("-").at(-1)));
    expect(shown).toEqual(expect.arrayContaining(ids));
    expect(shown.length).toBe(ids.length + Object.keys(webhooks).length);
  });

  it("tries a route from the page, under a content security policy of its own", async () => {
    await unfold("getHealth");
    await page.getByRole("button", { name: "Try it out" }).click();
    await page.getByRole("button", { name: "Execute" }).click();
    const answer = page.locator(".live-responses-table .response").first();
    await answer.getByText('"eco2-edge"').waitFor();
    const policyOf = async (path: string) =>
      (await page.request.get(path)).headers()["content-security-policy"];
    expect(await policyOf("/docs")).toContain(
      "script-src 'self'; style-src 'self'; img-src 'self' blob: data:;",
    );
    expect(await policyOf("/docs")).not.toMatch(/,|unsafe/);
    expect(await policyOf("/")).not.toContain("data:");
  });

  it("can be read by anybody by day", async () => {
    await unfold("submitScan");
    await expectReadable(page);
  });

  it("can be read by anybody on a phone in the dark", async () => {
    const dark = await opened(phone);
    await dark.getByPlaceholder("Filter by tag or path").fill("Images");
    await block("getHealth", dark).waitFor({ state: "detached" });
    await unfold("putPhoto", dark);
    await expectReadable(dark);
  });
});
