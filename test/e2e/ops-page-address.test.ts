import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { logInOperator } from "./log-in-operator.ts";
import { openPage } from "./open-page.ts";
import { type Server, startServer } from "./start-server.ts";

const token = "ops-token-of-the-tests-of-addresses";

describe.skipIf(browserless)("what an operator has opened and pressed", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let pageErrors: string[];

  const post = (path: string, body: object, headers: Record<string, string>) =>
    fetch(`${server.url}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const order = (path: string, body: object) =>
    post(`/ops${path}`, body, { authorization: `Bearer ${token}` });
  const heading = (name: string) => page.getByRole("heading", { level: 1, name });

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startServer({ env: { OPS_TOKEN: token } }),
      launchBrowser(),
    ]);
    // More changes than a page of the audit has.
    await Promise.all(
      Array.from({ length: 101 }, () => order("/breakers/openai/reset", { by: "kim" })),
    );
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    pageErrors = [];
    page = await openPage(browser, { baseURL: server.url, locale: "en-GB" }, pageErrors);
    await logInOperator(page, server.url, token);
  });

  afterEach(async () => {
    await page.context().close();
    expect(pageErrors).toEqual([]);
  });

  it("is there again after Back: the page of a list, and how far back a chart looks", async () => {
    await page.goto("/ops#/audit?action=breaker");
    await page.getByRole("link", { name: "Older" }).click();
    const rows = page.getByRole("row");
    await vi.waitUntil(async () => (await rows.count()) === 2);
    await page.getByRole("link", { name: "openai" }).click();
    await heading("Controls").waitFor();
    await page.goBack();
    await heading("Audit").waitFor();
    await page.getByRole("link", { name: "Newest" }).waitFor();
    await vi.waitUntil(async () => (await rows.count()) === 2);
    await page.getByRole("link", { name: "Newest" }).click();
    await vi.waitUntil(async () => (await rows.count()) === 101);

    await page.goto("/ops#/health");
    await page.getByLabel("24 h").check();
    await page.getByRole("link", { name: "Statistics" }).click();
    await page.getByLabel("92 d").check();
    await page.goBack();
    await page.goBack();
    await heading("Health").waitFor();
    expect(await page.getByLabel("24 h").isChecked()).toBe(true);
    await page.goForward();
    await page.goForward();
    await heading("Statistics").waitFor();
    expect(await page.getByLabel("92 d").isChecked()).toBe(true);
  });

  it("is done once by two clicks, though the second comes before the button is drawn anew", async () => {
    await page.goto("/ops#/controls");
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") asked.push(new URL(request.url()).pathname);
    });
    await page.getByRole("button", { name: "Pause reward" }).click();
    await page.getByLabel("Why").fill("A drill");
    await page
      .getByRole("dialog")
      .getByRole("button", { name: "Pause reward" })
      .evaluate((button: HTMLElement) => [button.click(), button.click()].length);
    const resume = page.getByRole("button", { name: "Resume reward" });
    await resume.evaluate((button: HTMLElement) => [button.click(), button.click()].length);
    await page.getByRole("button", { name: "Pause reward" }).waitFor();
    expect(asked).toEqual(["/api/v1/ops/stages/reward/pause", "/api/v1/ops/stages/reward/resume"]);
  });

  it("is said on the job's page when it was cancelled, and when it had ended before", async () => {
    await order("/stages/vision/pause", { by: "kim", reason: "drill" });
    const submitted = await post(
      "/scan",
      { user_input: "신문지", model: "offline" },
      { "x-user-id": "lee" },
    );
    const { job_id } = z.object({ job_id: z.string() }).parse(await submitted.json());
    await page.goto(`/ops#/jobs/${job_id}`);
    const cancel = async () => {
      await page.getByRole("button", { name: "Cancel …" }).click();
      await page.getByLabel("Why").fill("A drill");
      await page.getByRole("button", { name: "Cancel 1 job" }).click();
    };
    await page.route("**/jobs/cancel", (route) =>
      route.fulfill({ json: { jobs: [{ job_id, status: "unreachable" }] } }),
    );
    await cancel();
    await page
      .getByText("0 jobs cancelled, 1 not reached and not cancelled: cancel again")
      .waitFor();
    await page.unroute("**/jobs/cancel");
    await cancel();
    await page.getByText("1 job cancelled", { exact: true }).waitFor();
    await page.getByText("The scan was cancelled.").waitFor();
    await order("/stages/vision/resume", { by: "kim" });
  });

  it("is told by the server's clock when the operator's is three hours slow", async () => {
    await page.clock.install({ time: Date.now() - 3 * 60 * 60_000 });
    // Cloudflare gives every response its time; workerd alone does not.
    await page.route("**/api/v1/ops/**", async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), date: new Date().toUTCString() };
      await route.fulfill({ response, headers });
    });
    await page.goto("/ops#/controls");
    await page.getByRole("button", { name: "Pause reward" }).click();
    await page.getByLabel("Why").fill("A drill");
    await page.getByRole("dialog").getByRole("button", { name: "Pause reward" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "reward" });
    await row.getByText(/ends in 1[45] min/).waitFor();
    await page.getByRole("link", { name: "Audit" }).click();
    await page
      .getByRole("row")
      .nth(1)
      .getByText(/just now|\d s ago/)
      .waitFor();
    await order("/stages/reward/resume", { by: "kim" });
  });

  it("takes no year of five digits, and says so", async () => {
    await page.goto("/ops#/audit?by=kim");
    const from = page.getByLabel("From");
    await from.fill("27576-01-01T00:00");
    await page.getByRole("button", { name: "Show" }).click();
    expect(page.url()).toMatch(/#\/audit\?by=kim$/);
    expect(
      await from.evaluate(
        (input) => input instanceof HTMLInputElement && input.validity.rangeOverflow,
      ),
    ).toBe(true);
  });

  it.each([
    ["#/jobs?status=park", "status=park", "Jobs without filters"],
    ["#/jobs?state=parked&user=kim", "state=parked", "Jobs without filters"],
    ["#/audit?actor=kim", "actor=kim", "Audit without filters"],
    ["#/webhooks?status=lost", "status=lost", "Webhooks without filters"],
    ["#/health?hours=2", "hours=2", "Health without filters"],
  ])("is refused when the page does not know what %s asks for", async (hash, unknown, link) => {
    await page.goto(`/ops${hash}`);
    await page.getByText(`The page does not know ${unknown}.`).waitFor();
    expect(await page.getByRole("table").count()).toBe(0);
    await page.getByRole("link", { name: link }).click();
    await heading(link.split(" ")[0] ?? "").waitFor();
  });
});
