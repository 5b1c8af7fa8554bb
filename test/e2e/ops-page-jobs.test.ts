import type { Browser, Page } from "playwright-core";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { type Receiver, startReceiver } from "../node/receiver.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { logInOperator } from "./log-in-operator.ts";
import { lookOver } from "./look-over.ts";
import { openPage } from "./open-page.ts";
import { runCommand } from "./run-command.ts";
import { type Server, startServer } from "./start-server.ts";

const token = "ops-token-of-the-tests-of-the-list-of-jobs";
const mark = `storm-${crypto.randomUUID()}`;
const Jobs = z.object({ jobs: z.array(z.looseObject({ job_id: z.string(), status: z.string() })) });

describe.skipIf(browserless)("the operators' list of jobs", () => {
  let model: ModelServer;
  let receiver: Receiver;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let pageErrors: string[];
  let parked: string[];
  let completed: string;

  const outage = (method: "PUT" | "DELETE") => fetch(`${model.baseURL}?outage=${mark}`, { method });

  async function submit(words: string, user: string, name = "offline", more = {}): Promise<string> {
    const response = await fetch(`${server.url}/api/v1/scan`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": user },
      body: JSON.stringify({ user_input: words, model: name, ...more }),
    });
    return z.object({ job_id: z.string() }).parse(await response.json()).job_id;
  }

  async function listed(query: string) {
    const response = await fetch(`${server.url}/api/v1/ops/jobs?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return Jobs.parse(await response.json()).jobs;
  }
  const untilListed = (query: string, count: number) =>
    vi.waitUntil(async () => (await listed(query)).length === count, {
      timeout: 150_000,
      interval: 500,
    });

  beforeAll(async () => {
    [model, receiver] = await Promise.all([startModelServer(), startReceiver()]);
    [server, browser] = await Promise.all([
      startServer({
        entry: "test/support/manual-redrive-worker.ts",
        env: {
          DEFAULT_MODEL: "offline",
          OPENAI_API_KEY: "sk-test",
          OPS_TOKEN: token,
          WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString("base64")}`,
          OPENAI_BASE_URL: model.baseURL,
        },
      }),
      launchBrowser(),
    ]);
    completed = await submit("라벨 붙은 투명 페트병", "kim");
    await outage("PUT");
    parked = await Promise.all(
      [0, 1, 2].map((nth) =>
        submit(`생수병 ${mark} {${crypto.randomUUID()}}`, `lee-${nth}`, "gpt-5.2"),
      ),
    );
    await untilListed("status=parked", 3);
    await untilListed("status=completed", 1);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await Promise.all([model?.close(), receiver?.close()]);
  });

  beforeEach(async () => {
    pageErrors = [];
    found = [];
    const viewport = { width: 1280, height: 900 };
    page = await openPage(browser, { baseURL: server.url, viewport, locale: "en-GB" }, pageErrors);
    await logInOperator(page, server.url, token);
  });

  afterEach(async () => {
    await page.context().close();
    expect(pageErrors).toEqual([]);
  });

  /** What is wrong on the pages that were looked at. */
  let found: string[] = [];
  const look = async (where: string) => void found.push(...(await lookOver(page, where)));

  async function open(hash = "#/jobs") {
    await page.goto(`/ops${hash}`);
    await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  }
  const row = (id: string) => page.getByRole("row").filter({ hasText: id.slice(0, 8) });
  const rows = () => page.getByRole("table").getByRole("row");
  const untilRows = (count: number) =>
    vi.waitUntil(async () => (await rows().count()) === count + 1, { timeout: 15_000 });

  it("lists all jobs with their status, and shows a new one by itself", async () => {
    await open();
    await row(parked[0] ?? "")
      .getByText("parked")
      .waitFor();
    await row(completed).getByText("completed").waitFor();
    const next = await submit("신문지", "park");
    await row(next).waitFor();
    await row(next).getByText("completed").waitFor();
  });

  it("narrows the list by a click on what is seen, by the form and by a search, all in the address", async () => {
    await open();
    await row(parked[1] ?? "")
      .getByRole("link", { name: "lee-1" })
      .click();
    await untilRows(1);
    expect(page.url()).toContain("#/jobs?user=lee-1");
    await page.reload();
    await row(parked[1] ?? "").waitFor();
    await page.getByRole("link", { name: "Clear" }).click();
    await row(completed).waitFor();
    await page.getByText("Filters", { exact: true }).click();
    await page.getByLabel("Status").selectOption("parked");
    await page.getByLabel("Provider", { exact: true }).fill("openai");
    await page.getByRole("button", { name: "Apply" }).click();
    await untilRows(3);
    expect(page.url()).toContain("status=parked&provider=openai");
    await page.getByRole("link", { name: "Clear" }).click();
    await row(completed).waitFor();
    await page.getByLabel("Search").fill(`{"event":"stage.attempt","job":"${completed}"}`);
    await page.keyboard.press("Enter");
    await untilRows(1);
    await row(completed).waitFor();
  });

  it("saves a view under a name in this browser, and forgets it", async () => {
    await open("#/jobs?status=failed&code=MODEL_UNAVAILABLE");
    await page.getByText("No job matches.").waitFor();
    await page.getByRole("button", { name: "Save this view" }).click();
    await page.getByLabel("Name of the view").fill("Model failures");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("link", { name: "All" }).click();
    await row(completed).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "Model failures" }).click();
    await page.getByText("No job matches.").waitFor();
    await page.getByRole("button", { name: "Forget Model failures" }).click();
    await page.getByRole("link", { name: "Model failures" }).waitFor({ state: "detached" });
    // One with the name of a common view is an own one, too.
    await page.getByRole("button", { name: "Save this view" }).click();
    await page.getByLabel("Name of the view").fill("Parked");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Forget Parked" }).click();
    await page.getByRole("button", { name: "Save this view" }).waitFor();
  });

  it("is used by the keyboard alone", async () => {
    await open("#/jobs?status=parked");
    await untilRows(3);
    await page.keyboard.press("/");
    await page.keyboard.type("lee-2");
    await page.keyboard.press("Enter");
    await untilRows(1);
    await page.getByRole("link", { name: "Parked" }).click();
    await untilRows(3);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("x");
    await page.getByText("1 job ticked").waitFor();
    await page.keyboard.press("ArrowUp");
    const href = await page.evaluate(() => document.activeElement?.getAttribute("href"));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Job", exact: true }).waitFor();
    expect(page.url()).toContain(href);
  });

  it("copies a job's id, link and curl, and opens what can be done with it", async () => {
    const [id = ""] = parked;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`/ops#/jobs/${id}`);
    const copied = async (what: string) => {
      await page.getByRole("button", { name: `Copy ${what}` }).click();
      await page.getByRole("status").getByText(`${what} copied`).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(await copied("id")).toBe(id);
    expect(await copied("link")).toBe(page.url());
    const curl = (await copied("curl")).replace("$OPS_TOKEN", token);
    const { stdout } = await runCommand("bash", ["-c", curl]);
    expect(Jobs.shape.jobs.element.parse(JSON.parse(stdout))).toMatchObject({ job_id: id });
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Redrive …" }).click();
    await dialog.getByText("What was paid for before is kept.").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel …" }).click();
    await dialog.getByText("It cannot be brought back.").waitFor();
    await dialog.getByRole("button", { name: "Keep them" }).click();
    await page.getByRole("link", { name: "Jobs of this user" }).click();
    await untilRows(1);
    await row(id).waitFor();
  });

  it("has attempts, waits by their cause and model calls on one axis, to the millisecond", async () => {
    await page.goto(`/ops#/jobs/${parked[0]}`);
    const timeline = page.getByRole("region", { name: "Timeline" });
    await timeline
      .getByText(/^openai \/ gpt-5\.2 · \d+ in, \d+ out · \$\d/)
      .first()
      .waitFor();
    await timeline
      .getByText(/^Backoff before the next try of|^Waits for its provider/)
      .first()
      .waitFor();
    await timeline.getByText(/^Parked at/).waitFor();
    const call = timeline.getByRole("listitem").filter({ hasText: "openai / gpt-5.2" }).first();
    await call.getByText(/^[\d,]+ ms$/).waitFor();
    // A call begins no earlier than its attempt, and both are where the axis has their times.
    const places = await timeline
      .locator("rect")
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().left));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(new Set(places).size).toBeGreaterThan(2);
  });

  it("shows a job's content once it was said why, and hides it again", async () => {
    await page.goto(`/ops#/jobs/${parked[0]}`);
    await page.getByRole("button", { name: "Show content …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Show content" }).click();
    // The browser asks for the reason.
    expect(await dialog.getByLabel("Why").evaluate((it) => it.matches(":invalid"))).toBe(true);
    expect(await page.locator("body").innerText()).not.toContain(mark);
    await dialog.getByLabel("Why").fill("A complaint about the answer");
    await page.keyboard.press("Enter");
    const content = page.getByRole("region", { name: "Content" });
    await content.getByText("Shown to Kim: A complaint about the answer").waitFor();
    await content.getByText(mark).first().waitFor();
    await content.getByText(/^vision attempt 1:/).click();
    await content.getByText(`<resident>생수병 ${mark}`).first().waitFor();
    await content.getByText("it is put together anew").first().waitFor();
    await content.getByRole("button", { name: "Hide content" }).click();
    await content.waitFor({ state: "detached" });
    expect(await page.locator("body").innerText()).not.toContain(mark);
    await page.goto("/ops#/audit");
    const noted = page.getByRole("row").filter({ hasText: "job.content" }).first();
    await noted.getByText("A complaint about the answer").waitFor();
    await noted.getByRole("link", { name: parked[0] ?? "" }).click();
    await page.getByRole("heading", { level: 1, name: "Job", exact: true }).waitFor();
  });

  it("runs a scan again as a test with other words, and shows both beside each other", async () => {
    await page.goto(`/ops#/jobs/${completed}`);
    await page.getByRole("button", { name: "Show content …" }).click();
    await page.getByRole("dialog").getByLabel("Why").fill("Was it the label?");
    await page.keyboard.press("Enter");
    const form = page.getByRole("form", { name: "Run as a test" });
    await form.getByLabel("Words").fill("신문지");
    expect(await form.getByLabel("Model").inputValue()).toBe("offline");
    await form.getByRole("button", { name: "Run as a test" }).click();
    const comparison = page.getByRole("region", { name: "Test and original" });
    const words = comparison.getByRole("region", { name: "Words" });
    await words.getByText("differs").waitFor();
    await words.getByText("라벨 붙은 투명 페트병").waitFor();
    await words.getByText("신문지").waitFor();
    await comparison.getByRole("region", { name: "Class" }).getByText("differs").waitFor();
    const model = comparison.getByRole("region", { name: "Model", exact: true });
    expect(await model.getByText("differs").count()).toBe(0);
    const test = page.url().split("/").at(-1) ?? "";
    expect(test).not.toBe(completed);
    await page.getByText("Test", { exact: true }).first().waitFor();
    await look("comparison");
    // Another tab has not said why.
    await page.reload();
    await comparison.getByRole("button", { name: "Compare …" }).click();
    await page.getByRole("dialog").getByLabel("Why").fill("Again");
    await page.keyboard.press("Enter");
    await words.getByText("신문지").waitFor();
    await open(`#/jobs?q=${test}`);
    await row(test).getByText("test", { exact: true }).waitFor();
    expect(found).toEqual([]);
    // Runs axe four times.
  });

  it("has a job's webhooks, which are delivered again, and its events with their payload", async () => {
    const callback_url = `${receiver.baseURL}/gone/${mark}`;
    const id = await submit("신문지", "choi", "offline", { callback_url });
    await page.goto(`/ops#/jobs/${id}`);
    const webhooks = page.getByRole("region", { name: "Webhooks", exact: true });
    const delivery = webhooks.getByRole("row").filter({ hasText: "scan.completed" });
    await delivery.getByText("failed").waitFor({ timeout: 20_000 });
    await delivery.getByText("HTTP 410").waitFor();
    await delivery.getByText(new URL(receiver.baseURL).host).waitFor();
    await page.goto("/ops#/webhooks");
    const views = page.getByRole("navigation", { name: "Views" });
    await page
      .getByRole("row")
      .filter({ hasText: id.slice(0, 8) })
      .waitFor();
    await views.getByRole("link", { name: "Delivered" }).click();
    await page.getByText("None is delivered.").waitFor();
    await views.getByRole("link", { name: "Failed" }).click();
    expect(page.url()).toContain("#/webhooks?status=failed");
    await page.getByText("HTTP 410").waitFor();
    await look("failed webhooks");
    await page
      .getByRole("row")
      .filter({ hasText: "HTTP 410" })
      .getByRole("link", { name: id.slice(0, 8) })
      .click();
    expect(await delivery.innerText()).not.toContain(mark);
    await delivery.getByRole("button", { name: "Deliver again: scan.completed" }).click();
    await vi.waitUntil(
      async () => {
        const received = await (await fetch(callback_url)).json();
        return Array.isArray(received) && received.length === 2;
      },
      { timeout: 20_000, interval: 200 },
    );
    const events = page.getByRole("region", { name: "Events", exact: true });
    await events.getByText("scan.completed").click();
    await events.getByText('"status": "completed"').waitFor();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await events.getByRole("button", { name: "Copy all events" }).click();
    await events.getByText("all events copied").waitFor();
    const copied = z
      .array(z.looseObject({ type: z.string() }))
      .parse(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())));
    expect(copied.map(({ type }) => type)).toContain("scan.requested");
    await look("webhooks");
    expect(found).toEqual([]);
    // Runs axe eight times.
  });

  it("exports what is listed as CSV", async () => {
    await open("#/jobs?status=parked");
    await untilRows(3);
    await page.evaluate(() => {
      URL.revokeObjectURL = () => (document.body.dataset["revoked"] = "too soon");
    });
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "CSV" }).click(),
    ]);
    const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
    expect(lines[0]).toMatch(/^job,user,status,stage,error_code/);
    const ids = new Set(lines.slice(1).map((line) => line.split(",")[0]));
    expect(ids).toEqual(new Set(parked));
    await page.getByText("3 jobs exported: all that match.").waitFor();
    // Some browsers read a file only after the click.
    expect(await page.evaluate(() => document.body.dataset["revoked"])).toBeUndefined();
  });

  it("ends an export that finds little in a long log, and says how far it looked", async () => {
    const read_to = "2026-11-01T00:00:00.000Z";
    let requests = 0;
    await page.route("**/api/v1/ops/jobs?*limit=100*", async (route) => {
      requests++;
      await route.fulfill({ json: { jobs: [], next_cursor: `log:${requests}`, read_to } });
    });
    await open("#/jobs?status=failed");
    await page.getByRole("button", { name: "CSV" }).click();
    await page
      .getByText(`0 jobs exported; more may match. Ended jobs were searched back to ${read_to}.`)
      .waitFor();
    expect(requests).toBe(50);
  });

  it("has no axe violation and no overflow, in light and dark, at 390 and 1280 px", async () => {
    await open();
    await row(parked[0] ?? "").waitFor();
    await page.getByText("Filters", { exact: true }).click();
    await page.getByRole("button", { name: "Tick all" }).click();
    await look("jobs");
    await page.getByRole("button", { name: /^Cancel 3/ }).click();
    await look("cancel");
    await page.goto(`/ops#/jobs/${parked[0]}`);
    await page.reload();
    await page.getByRole("button", { name: "Copy curl" }).waitFor();
    await look("job");
    await page.getByRole("button", { name: "Show content …" }).click();
    await look("why");
    await page.getByRole("dialog").getByLabel("Why").fill("A complaint");
    await page.keyboard.press("Enter");
    const content = page.getByRole("region", { name: "Content" });
    await content.getByText(/^vision attempt 1:/).click();
    await content.getByText("it is put together anew").first().waitFor();
    await look("content");
    expect(found).toEqual([]);
    // Runs axe twenty times.
  });

  it("redrives and cancels the jobs that were ticked, with a reason", async () => {
    await open("#/jobs?status=parked");
    await untilRows(3);
    const [first = "", second = "", third = ""] = parked;
    await page.getByLabel(`Tick ${first}`).check();
    await page.getByRole("button", { name: "Cancel 1 …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Why").fill("Submitted by mistake");
    await dialog.getByRole("button", { name: "Cancel 1 job" }).click();
    await page.getByRole("status").getByText("1 job cancelled").waitFor();
    await untilRows(2);
    await outage("DELETE");
    await page.getByLabel(`Tick ${second}`).check();
    await page.getByLabel(`Tick ${third}`).check();
    await page.getByRole("button", { name: "Redrive 2 …" }).click();
    await dialog.getByLabel("Why").fill("The provider is back");
    await dialog.getByRole("button", { name: "Redrive 2 jobs" }).click();
    await page.getByRole("heading", { level: 1, name: "Redrive" }).waitFor();
    await untilListed("status=parked", 0);
    await page.goto("/ops#/audit");
    await page.getByRole("rowheader", { name: "job.cancel" }).first().waitFor();
  });
});
