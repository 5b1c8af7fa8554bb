import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { logInOperator } from "./log-in-operator.ts";
import { openPage } from "./open-page.ts";
import { type Server, startServer } from "./start-server.ts";

const phone = { viewport: { width: 390, height: 844 }, colorScheme: "dark" } as const;
const desktop = { viewport: { width: 1280, height: 900 }, colorScheme: "light" } as const;

const token = "ops-token-of-the-docs-page-tests";

const Document = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
  webhooks: z.record(z.string(), z.object({})),
});

describe.skipIf(browserless)("the page of the API documentation", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const pageErrors: string[] = [];
  const foreignRequests: string[] = [];

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startServer({ env: { OPS_TOKEN: token } }),
      launchBrowser(),
    ]);
    page = await openDocs(desktop);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function openDocs(screen: BrowserContextOptions): Promise<Page> {
    const page = await openPage(browser, { baseURL: server.url, ...screen }, pageErrors);
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "data:" && origin !== server.url) foreignRequests.push(request.url());
    });
    await page.goto("/docs");
    await page.getByRole("heading", { name: /^Eco² Edge/ }).waitFor();
    return page;
  }

  const block = (id: string, on = page) => on.locator(`.opblock[id$="-${id}"]`);
  const expand = async (id: string, on = page) => {
    await block(id, on).getByRole("button").first().click();
    await block(id, on).getByRole("heading", { name: "Responses" }).waitFor();
  };

  async function expectAccessible(on: Page) {
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
    expect(pageErrors).toEqual([]);
    expect(foreignRequests).toEqual([]);
  });

  it("shows every operation, without requests to other origins", async () => {
    const json: unknown = await (await page.request.get("/openapi.json")).json();
    const { openapi, paths, webhooks } = Document.parse(json);
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

  it("sends a request from the page, under its own content security policy", async () => {
    await expand("getHealth");
    await page.getByRole("button", { name: "Try it out" }).click();
    await page.getByRole("button", { name: "Execute" }).click();
    const response = page.locator(".live-responses-table .response").first();
    await response.getByText('"eco2-edge"').waitFor();
    const policyOf = async (path: string) =>
      (await page.request.get(path)).headers()["content-security-policy"];
    expect(await policyOf("/docs")).toContain(
      "script-src 'self'; style-src 'self'; img-src 'self' blob: data:;",
    );
    expect(await policyOf("/docs")).not.toMatch(/,|unsafe/);
    expect(await policyOf("/")).not.toContain("data:");
  });

  it("is signed in on a developer's server, so that a request works at once", async () => {
    const fresh = await openDocs(desktop);
    await expand("getProfile", fresh);
    await fresh.getByRole("button", { name: "Try it out" }).click();
    await fresh.getByRole("button", { name: "Execute" }).click();
    const response = fresh.locator(".live-responses-table .response").first();
    await response.getByText('"username"').first().waitFor();
    await fresh.context().close();
  });

  it("sends an operator's request by the session of the browser, without the token", async () => {
    const fresh = await openDocs(desktop);
    await logInOperator(fresh, server.url, token);
    await expand("listStages", fresh);
    await fresh.getByRole("button", { name: "Try it out" }).click();
    await fresh.getByRole("button", { name: "Execute" }).click();
    const response = fresh.locator(".live-responses-table .response").first();
    await response.getByText('"paused"').first().waitFor();
    await fresh.context().close();
  });

  it("is accessible on a desktop in light colours", async () => {
    await expand("submitScan");
    await expectAccessible(page);
  });

  it.each([
    ["a phone in dark colours", phone],
    ["a desktop in light colours", desktop],
  ])("explains each code accessibly on %s", async (_, screen) => {
    const codes = await openPage(browser, { baseURL: server.url, ...screen }, pageErrors);
    await codes.goto("/problems");
    await expectAccessible(codes);
    await codes.getByRole("link", { name: "RATE_LIMITED" }).click();
    await codes.getByRole("heading", { name: "RATE_LIMITED" }).waitFor();
    await codes.getByText("Status 429: Too many requests.").waitFor();
    await codes.getByRole("heading", { name: "What to do" }).waitFor();
    await expectAccessible(codes);
    await codes.context().close();
  });

  it("is accessible on a phone in dark colours", async () => {
    const dark = await openDocs(phone);
    await dark.getByPlaceholder("Filter by tag or path").fill("Images");
    await block("getHealth", dark).waitFor({ state: "detached" });
    await expand("putPhoto", dark);
    await expectAccessible(dark);
  });
});
