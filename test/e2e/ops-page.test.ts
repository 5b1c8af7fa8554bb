import { readFile } from "node:fs/promises";
import { type Browser, type Locator, type Page, type Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { setHidden } from "./page-scripts.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { logInOperator } from "./log-in-operator.ts";
import { lookOver } from "./look-over.ts";
import { openPage } from "./open-page.ts";
import { type Server, startServer } from "./start-server.ts";

const token = "ops-token-of-the-ops-page-tests";
const cause = "MODEL_UNAVAILABLE at answer";
const incident = "openai: MODEL_UNAVAILABLE";
const scans = 4;
/** As long as from one poll of a page to the next at least. */
const pollMs = 20_000;

describe.skipIf(browserless)("the operators' page", () => {
  let model: ModelServer;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let pageErrors: string[];
  /** Chromium's own messages on requests that the test makes fail. */
  let expected: RegExp | null;
  let jobs: string[];
  /** Marks the scans of the outage. */
  const mark = `storm-${crypto.randomUUID()}`;

  const outage = (method: "PUT" | "DELETE") => fetch(`${model.baseURL}?outage=${mark}`, { method });
  const cron = () => server.fireCron("*/5 * * * *");

  async function submit(words: string, user: string, named = "gpt-5.2"): Promise<string> {
    const response = await fetch(`${server.url}/api/v1/scan`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": user },
      body: JSON.stringify({ user_input: words, model: named }),
    });
    return z.object({ job_id: z.string() }).parse(await response.json()).job_id;
  }

  async function parked(): Promise<number> {
    const response = await fetch(`${server.url}/api/v1/ops/dead-letters/groups`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { groups } = z
      .object({ groups: z.array(z.object({ dead_letters: z.int() })) })
      .parse(await response.json());
    return groups.reduce((sum, { dead_letters }) => sum + dead_letters, 0);
  }

  /** Submits scans during an outage of the model, and waits until all of them are parked. */
  async function parkScans(): Promise<string[]> {
    await outage("PUT");
    const submitted = await Promise.all(
      Array.from({ length: scans }, (_, nth) =>
        submit(`생수병 ${mark} {${crypto.randomUUID()}}`, `storm-${nth}-${mark}`),
      ),
    );
    await vi.waitUntil(async () => (await parked()) === scans, { timeout: 40_000, interval: 250 });
    return submitted;
  }

  beforeAll(async () => {
    model = await startModelServer();
    [server, browser] = await Promise.all([
      startServer({
        entry: "test/support/manual-redrive-worker.ts",
        env: {
          DEFAULT_MODEL: "offline",
          OPENAI_API_KEY: "sk-test",
          OPS_TOKEN: token,
          OPENAI_BASE_URL: model.baseURL,
        },
      }),
      launchBrowser(),
    ]);
    await cron();
    await submit("신문지", "park", "offline");
    jobs = await parkScans();
    await cron();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await model?.close();
  });

  beforeEach(async () => {
    pageErrors = [];
    expected = null;
    page = await newPage();
  });

  afterEach(async () => {
    await page.context().close();
    expect(pageErrors.filter((text) => !expected?.test(text))).toEqual([]);
  });

  function newPage(): Promise<Page> {
    const viewport = { width: 1280, height: 900 };
    return openPage(browser, { baseURL: server.url, viewport, locale: "en-GB" }, pageErrors);
  }

  async function logIn(sent = token) {
    await page.getByLabel("Your name").fill("Kim");
    await page.getByLabel("Token", { exact: true }).fill(sent);
    await page.getByRole("button", { name: "Log in" }).click();
  }

  /** Opens a page as an operator who has logged in. */
  async function open(hash: string, title: string | RegExp) {
    await logInOperator(page, server.url, token);
    await page.goto(`/ops${hash}`);
    await heading(title).waitFor();
  }

  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name });
  const dialog = () => page.getByRole("dialog");
  const attention = () => page.getByRole("region", { name: "Needs attention" });
  const look = () => page.getByRole("link", { name: `Look and redrive: ${incident}, 4 scans` });

  /** Presses Tab until an element has the focus. */
  async function tabTo(target: Locator) {
    for (let pressed = 0; pressed < 80; pressed++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`The Tab key does not reach ${String(target)}`);
  }

  /** Every page, and an element that is there when it has loaded. */
  const places: [hash: string, shown: () => Locator][] = [
    ["#/", () => attention().getByRole("listitem").first()],
    ["#/health", () => page.locator(".u-over").nth(6)],
    ["#/dead-letters", () => page.getByRole("link", { name: /^Look and redrive/ }).first()],
    ["#/jobs", () => page.getByLabel("Search")],
    ["#/controls", () => page.getByRole("button", { name: "Pause reward" })],
    ["#/alerts", () => page.getByRole("region", { name: "Alerts: table" })],
    ["#/statistics", () => page.getByRole("region", { name: "Cost a day: table" })],
    ["#/versions", () => page.getByRole("region", { name: "Characters: table" })],
    ["#/audit", () => page.getByRole("region", { name: "Changes by operators: table" })],
    ["#/nowhere", () => heading("No such page")],
  ];
  const causePlace = () => `#/dead-letters/${encodeURIComponent(fingerprint)}`;
  let fingerprint = "";

  it("logs in with the right token only, explains a wrong one, and keeps the token nowhere", async () => {
    expected = /401/;
    await page.goto("/ops#/controls");
    await logIn("another-token");
    await page.getByText("This token is not the deployment's OPS_TOKEN.").waitFor();
    await logIn();
    await heading("Controls").waitFor();
    await page.reload();
    await heading("Controls").waitFor();
    const kept = await page.evaluate(
      () => JSON.stringify(sessionStorage) + JSON.stringify(localStorage) + document.cookie,
    );
    expect(kept).not.toContain(token);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: "s_operator", httpOnly: true, sameSite: "Strict" });
    expect(kept).not.toContain(cookie?.value);
  });

  it("has one session for all tabs: another tab is in at once, and out when one logs out", async () => {
    expected = /401/;
    const other = await page.context().newPage();
    await Promise.all([page.goto("/ops#/controls"), other.goto("/ops#/controls")]);
    const [controls, tokenField] = [
      other.getByRole("heading", { level: 1, name: "Controls" }),
      other.getByLabel("Token", { exact: true }),
    ];
    await tokenField.waitFor();
    // A tab in the background paints once a second, and a click waits for that.
    await page.bringToFront();
    await logIn();
    await heading("Controls").waitFor();
    await controls.waitFor();
    const [cookie] = await page.context().cookies();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Token", { exact: true }).waitFor();
    await other.getByRole("heading", { name: "Log in again" }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    const stolen = await fetch(`${server.url}/api/v1/ops/stages`, {
      headers: { cookie: `${cookie?.name}=${cookie?.value}` },
    });
    expect(stolen.status).toBe(401);
    await logIn();
    await tokenField.waitFor({ state: "detached" });
    expect(await controls.isVisible()).toBe(true);
  });

  it("gives no other site's page what an operator can do", async () => {
    await open("#/controls", "Controls");
    // Another port is another origin, though its requests carry the cookies of this machine.
    const foreign = await page.context().newPage();
    const from = new URL(model.baseURL);
    from.hostname = new URL(server.url).hostname;
    await foreign.goto(from.href);
    const status = await foreign.evaluate(async (url) => {
      const body = JSON.stringify({ reason: "attack", by: "mallory" });
      const attack = `${url}/api/v1/ops/stages/reward/pause`;
      // The browser shows the page no answer, though the request arrives.
      await fetch(attack, { method: "POST", mode: "no-cors", credentials: "include", body }).catch(
        () => null,
      );
      return (await fetch(`${url}/api/v1/ops/audit`, { credentials: "include" })).status;
    }, server.url);
    expect(status).toBe(401);
    await page.reload();
    await page.getByRole("button", { name: "Pause reward" }).waitFor();
    expect(await page.getByText("mallory").count()).toBe(0);
  });

  it("explains how to set OPS_TOKEN when it is missing", async () => {
    await page.route("**/api/v1/ops/session", (route) =>
      route.fulfill({ json: { open: false, operator: null } }),
    );
    await page.goto("/ops");
    await page.getByText("No OPS_TOKEN is set here").waitFor();
    await page.getByText("There is no token yet").click();
    await page.getByText("npx wrangler secret put OPS_TOKEN").waitFor();
  });

  it("asks for the token again when it is refused, and keeps what was typed", async () => {
    expected = /401/;
    await page.clock.install();
    await open("#/controls", "Controls");
    await page.getByRole("button", { name: "Pause reward" }).click();
    await page.getByLabel("Why").fill("The catalog is being changed");
    await page.route("**/api/v1/ops/**", (route) =>
      route.fulfill({ status: 401, json: { code: "UNAUTHORIZED", detail: "No." } }),
    );
    await page.clock.fastForward(pollMs);
    await page.getByRole("heading", { name: "Log in again" }).waitFor();
    await page.unroute("**/api/v1/ops/**");
    const again = page.getByRole("dialog", { name: "Log in again" });
    await again.getByLabel("Token", { exact: true }).fill(token);
    await again.getByRole("button", { name: "Log in" }).click();
    await again.waitFor({ state: "detached" });
    expect(await page.getByLabel("Why").inputValue()).toBe("The catalog is being changed");
  });

  it("hides a scan's content when the session has ended, from whoever logs in next, too", async () => {
    expected = /401/;
    await open(`#/jobs/${jobs[0]}`, "Job");
    await page.getByRole("button", { name: "Show content …" }).click();
    await page.getByLabel("Why").fill("A complaint");
    await page.keyboard.press("Enter");
    const content = page.getByRole("region", { name: "Content" });
    await content.getByText(mark).first().waitFor();
    await page.context().clearCookies();
    // As another tab says when it has logged out.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A channel reaches its own origin alone.
    await page.evaluate(() => new BroadcastChannel("eco2-ops-session").postMessage(null));
    const again = page.getByRole("dialog", { name: "Log in again" });
    await again.waitFor();
    await content.waitFor({ state: "detached" });
    await again.getByLabel("Your name").fill("Lee");
    await again.getByLabel("Token", { exact: true }).fill(token);
    await again.getByRole("button", { name: "Log in" }).click();
    await again.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Show content …" }).waitFor();
    expect(await content.count()).toBe(0);
  });

  it("shows the cause of parked scans, its dead letters, and why one scan waits", async () => {
    await open("", "Now");
    await look().waitFor();
    await page.getByText("dead letters · answer").waitFor();
    await look().click();
    await heading(incident).waitFor();
    const jobsOfIncident = page.getByRole("link", { name: String(scans), exact: true });
    expect(await jobsOfIncident.getAttribute("href")).toBe(
      "#/jobs?status=parked&code=MODEL_UNAVAILABLE&at_fault=openai",
    );
    await page.getByRole("link", { name: cause }).click();
    await heading(cause).waitFor();
    fingerprint = decodeURIComponent(new URL(page.url()).hash.replace("#/dead-letters/", ""));
    await page.getByText("4 scans of 4 users").waitFor();
    await page.getByRole("table").getByRole("row").nth(scans).waitFor();
    await page.getByRole("table").getByRole("link").first().click();
    await heading("Job").waitFor();
    await page.getByText("Its attempts are used up").waitFor();
    await page.getByText("answer attempt 2: failed, parked").waitFor();
    // In the reason, and in each of the two attempts.
    await page.getByText("MODEL_UNAVAILABLE: 500 scripted 500").nth(2).waitFor();
    await page.goBack();
    await heading(cause).waitFor();
  });

  it("draws charts of the stages, with a summary and a table for screen readers", async () => {
    await open("#/health", "Health");
    const drawn = page.getByRole("img", { name: /^answer, a minute\./ });
    await drawn.waitFor();
    expect(await drawn.getAttribute("aria-label")).toMatch(
      /failures: [\d.]+ last, (?!0 at most)[\d.]+ at most/,
    );
    await page
      .getByRole("img", { name: /^Failures by code, a minute\. MODEL_UNAVAILABLE: / })
      .waitFor();
    await page.getByRole("list", { name: "Marked in the charts" }).getByText(incident).waitFor();
    await page.getByText("Values of answer, a minute").click();
    await page.getByRole("region", { name: "Values of answer, a minute: table" }).waitFor();
    const pixels = await drawn
      .locator("canvas")
      .evaluate((canvas) =>
        canvas instanceof HTMLCanvasElement
          ? new Set(canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data)
              .size
          : 0,
      );
    expect(pixels).toBeGreaterThan(10);
    await page.getByLabel("6 h").check();
    await page.getByLabel("Lines").selectOption("queues of answer");
    await page
      .getByRole("img", { name: /^Messages waiting\. scan-answer: .*dlq-scan-answer/ })
      .waitFor();
  });

  it("draws each chart once when the browser paints late", async () => {
    await page.clock.install();
    await page.addInitScript(() => {
      globalThis.requestAnimationFrame = (paint) =>
        Number(setTimeout(() => paint(performance.now()), 7_000));
    });
    await open("#/health", "Health");
    await page.getByText("Values of answer, a minute").waitFor();
    expect(await page.locator(".uplot").count()).toBe(0);
    await page.clock.runFor(8_000);
    await page.locator(".uplot").nth(7).waitFor();
    expect(await page.locator(".uplot").count()).toBe(8);
    expect(await page.locator(".plot:has(.uplot + .uplot)").count()).toBe(0);
  });

  it("has no axe violation and no overflow, in light and dark, at 390 and 1280 px", async () => {
    await page.goto("/ops");
    await page.getByLabel("Token", { exact: true }).waitFor();
    const found = [await lookOver(page, "login")];
    await open("", "Now");
    for (const [hash, shown] of places) {
      await page.goto(`/ops${hash}`);
      await shown().waitFor();
      found.push(await lookOver(page, hash));
    }
    await page.goto(`/ops#/jobs/${jobs[0]}`);
    await page.getByText("failed, parked").waitFor();
    found.push(await lookOver(page, "a job"));
    await page.goto(`/ops${causePlace()}`);
    await page.getByRole("table").waitFor();
    found.push(await lookOver(page, "a cause"));
    await page.getByRole("button", { name: "Discard …" }).click();
    found.push(await lookOver(page, "discard"));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Redrive 4 …" }).click();
    found.push(await lookOver(page, "redrive"));
    await page.getByLabel("Why").fill("A look");
    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByText("4 scans would be redriven").waitFor();
    found.push(await lookOver(page, "dry run"));
    expect(found.flat()).toEqual([]);
    // Runs axe over fifty times.
  });

  it("polls a bounded number of times a minute, and not at all in the background", async () => {
    await page.clock.install();
    let requests = 0;
    const pending = new Set<Request>();
    page.on("request", (request) => {
      if (!request.url().includes("/api/")) return;
      requests++;
      pending.add(request);
    });
    page.on("requestfinished", (request) => pending.delete(request));
    page.on("requestfailed", (request) => pending.delete(request));
    const pass = async (seconds: number) => {
      // A step is shorter than the time between the most polls that are allowed, so that more of them show.
      for (let passed = 0; passed < seconds; passed += 1.5) {
        await page.clock.runFor(1_500);
        // The clock of the server is real.
        await vi.waitUntil(() => pending.size === 0, { timeout: 15_000, interval: 5 });
      }
    };
    await open("", "Now");
    for (const [hash, shown] of [...places, [causePlace(), () => heading(cause)] as const]) {
      await page.goto(`/ops${hash}`);
      await shown().waitFor();
      requests = 0;
      await pass(60);
      expect([hash, requests <= 30]).toEqual([hash, true]);
      if (hash === "#/") expect(requests).toBeGreaterThan(6);
    }
    await page.goto("/ops#/health");
    await page.evaluate(setHidden, true);
    await pass(2);
    requests = 0;
    await pass(60);
    expect(requests).toBe(0);
    await page.evaluate(setHidden, false);
    await vi.waitUntil(() => requests > 0, 10_000);
  });

  it("keeps the last data and shows the error while the server fails, and recovers", async () => {
    expected = /500/;
    await page.clock.install();
    await open("", "Now");
    await look().waitFor();
    await page.route("**/api/v1/ops/overview", (route) =>
      route.fulfill({ status: 500, json: { code: "INTERNAL_ERROR", detail: "Try again." } }),
    );
    await page.clock.fastForward(pollMs);
    await page
      .getByRole("alert")
      .getByText("The server answered 500 INTERNAL_ERROR. Try again.")
      .waitFor();
    await page.getByText(/^Not updated\. Last/).waitFor();
    expect(await look().isVisible()).toBe(true);
    await page.unroute("**/api/v1/ops/overview");
    // Such as the login of a network.
    const login = { contentType: "text/html", body: "<!doctype html><p>Log in</p>" };
    await page.route("**/api/v1/ops/overview", (route) => route.fulfill(login));
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").getByText("The API answered with an HTML page").waitFor();
    await page.unroute("**/api/v1/ops/overview");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText(/^Updated/).waitFor();
  });

  it("shows what scans cost a day, by model and provider", async () => {
    // Residents confirm photos, which need a model that states probabilities.
    await page.route("**/statistics/corrections?*", (route) =>
      route.fulfill({
        json: {
          from: "2026-11-01",
          asked: 4,
          corrected: 1,
          corrections: [{ predicted: "무색페트병", corrected: "플라스틱류", count: 1 }],
        },
      }),
    );
    await open("#/statistics", "Statistics");
    const costs = page.getByRole("region", { name: "Cost a day: table" });
    await costs.getByRole("cell", { name: "offline" }).first().waitFor();
    await page
      .getByRole("img", { name: /^US dollars a day\. offline \(offline\): \$0 last/ })
      .waitFor();
    await page
      .getByRole("region", { name: "Corrections: table" })
      .getByRole("row")
      .nth(1)
      .waitFor();
    await page.getByLabel("7 d").check();
    await costs.waitFor();
    await page.getByText(/1 chose another class/).waitFor();
  });

  it("has the history of alerts, each with a link to what shows its cause", async () => {
    await open("", "Now");
    await page
      .getByRole("region", { name: "Open alerts" })
      .getByRole("link", { name: "dead letters · answer" })
      .waitFor();
    expect(await page.getByText("None is open").count()).toBe(0);
    await page.getByRole("link", { name: "All alerts of the last 90 days" }).click();
    await heading("Alerts").waitFor();
    const row = page.getByRole("row").filter({ hasText: "dead letters · answer" });
    await row.getByText("Open", { exact: true }).waitFor();
    await row.getByRole("link").click();
    await heading("Now").waitFor();
    await look().waitFor();
  });

  it("finds changes in the audit by who and what, and exports what is found", async () => {
    await open("#/audit", "Audit");
    expect(await page.getByLabel("What").isVisible()).toBe(false);
    await page.getByText("Filters", { exact: true }).click();
    await page.getByLabel("What").fill("session");
    await page.getByLabel("By", { exact: true }).fill("Kim");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("rowheader", { name: "session.begin" }).first().waitFor();
    expect(page.url()).toContain("#/audit?by=Kim&action=session");
    const file = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name }).click(),
      ]);
      return [download.suggestedFilename(), await readFile(await download.path(), "utf8")] as const;
    };
    const [csvName, csv] = await file("CSV");
    expect(csvName).toBe("audit.csv");
    expect(csv).toMatch(/^id,at,by,action,target,detail\r\n\d+,[^,]+,Kim,session\.begin,/);
    const [, lines] = await file("JSON lines");
    expect(JSON.parse(lines.split("\n")[0] ?? "")).toMatchObject({
      by: "Kim",
      action: "session.begin",
    });
    // The first file is full: more changes follow.
    const more = { link: '</api/v1/ops/audit/export?format=csv&after=7>; rel="next"' };
    await page.route("**/audit/export?*after=0", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), ...more } });
    });
    await file("CSV");
    await page.getByText("There are more after file 1.").waitFor();
    const asked = page.waitForRequest(/after=7$/);
    const [nextName, next] = await file("Next file: CSV 2");
    expect((await asked).url()).toContain("by=Kim&action=session");
    expect(nextName).toBe("audit-2.csv");
    expect(next).toMatch(/^id,at,by/);
    await page.getByRole("button", { name: /^Next file/ }).waitFor({ state: "detached" });
    await page.getByLabel("By", { exact: true }).fill("nobody");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByText("No change by an operator.").waitFor();
  });

  it("keeps ages true on a page of a list that is not asked for again", async () => {
    await page.clock.install();
    await page.route("**/api/v1/ops/audit", async (route) => {
      const response = await route.fetch();
      const { entries } = z
        .object({ entries: z.array(z.looseObject({ id: z.int() })) })
        .parse(await response.json());
      const next_cursor = String((entries[0]?.id ?? 0) + 1);
      await route.fulfill({ response, json: { entries: [], next_cursor } });
    });
    await open("#/audit", "Audit");
    await page.getByRole("link", { name: "Older" }).click();
    await page.getByRole("rowheader", { name: "session.begin" }).first().waitFor();
    await page.clock.fastForward("02:00:00");
    await page.getByRole("row").nth(1).getByText("2 h ago").waitFor();
  });

  it("pauses a stage with a reason, and resumes it", async () => {
    await open("#/controls", "Controls");
    await page.getByRole("button", { name: "Pause reward" }).click();
    await page.getByLabel("Why").fill("The catalog is being changed");
    await page.getByLabel("For", { exact: true }).selectOption("1 hour");
    const other = await page.request.post("/api/v1/ops/stages/reward/pause", {
      headers: { authorization: `Bearer ${token}` },
      data: { by: "Lee", reason: "A second reason" },
    });
    expect(other.status()).toBe(200);
    const notice = dialog().getByText("Lee has paused it meanwhile: A second reason. Yours takes");
    await notice.waitFor();
    await dialog().getByRole("button", { name: "Pause reward" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "reward" });
    await row.getByText("The catalog is being changed · Kim").waitFor();
    await row.getByText(/ends in (?:1 h|59 min)/).waitFor();
    await page.getByRole("link", { name: "Now" }).click();
    await attention().getByRole("heading", { name: "The stage reward is paused" }).waitFor();
    await page.getByRole("link", { name: "Controls", exact: true }).click();
    await page.getByRole("button", { name: "Resume reward" }).click();
    await page.getByRole("button", { name: "Pause reward" }).waitFor();
    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByRole("cell", { name: "Kim" }).first().waitFor();
    await page.getByRole("rowheader", { name: "stage.pause" }).first().waitFor();
    await page.getByRole("link", { name: "reward", exact: true }).first().click();
    await heading("Controls").waitFor();
  });

  it("discards nothing before the operator types the confirmation", async () => {
    await open(causePlace(), cause);
    await page.getByRole("button", { name: "Discard …" }).click();
    const discard = dialog().getByRole("button", { name: "Discard 4 scans" });
    await page.getByLabel("Why").fill("No");
    expect(await discard.isDisabled()).toBe(true);
    await page.getByLabel("Type “discard 4”").fill("discard 5");
    expect(await discard.isDisabled()).toBe(true);
    await page.getByLabel("Type “discard 4”").fill("discard 4");
    expect(await discard.isEnabled()).toBe(true);
    await dialog().getByRole("button", { name: "Keep them" }).click();
    await dialog().waitFor({ state: "detached" });
    expect(await parked()).toBe(scans);
  });

  it("says in a dry run that the breaker is open, and probes with one first", async () => {
    const headers = { authorization: `Bearer ${token}` };
    await page.route("**/api/v1/ops/redrives", async (route) => {
      const response = await route.fetch();
      const json = z
        .looseObject({ breakers: z.array(z.unknown()).optional() })
        .parse(await response.json());
      await route.fulfill({
        response,
        json: json.breakers ? { ...json, breakers: [breaker] } : json,
      });
    });
    const breaker = {
      provider: "openai",
      state: "open",
      opened_at: new Date(Date.now() - 300_000).toISOString(),
      next_probe_at: new Date(Date.now() + 25_000).toISOString(),
      dead_letters: 4,
    };
    await open(causePlace(), cause);
    await page.getByRole("button", { name: "Redrive 4 …" }).click();
    await page.getByLabel("Why").fill("A probe");
    await page.getByRole("button", { name: "Dry run" }).click();
    await page
      .getByText(/^The breaker of openai is open, opened 5 min ago; the next probe is in 2\d s/)
      .waitFor();
    const notice = page.getByText("4 scans call openai, and would wait for it.");
    await notice.waitFor();
    // Its times stand within the sentence.
    expect(await notice.evaluate((it) => getComputedStyle(it).display)).toBe("block");
    await page
      .getByText("the breaker closes, and the automatic redrive may take the rest.")
      .waitFor();
    expect(await lookOver(page, "open breaker")).toEqual([]);
    await page.getByRole("button", { name: "Probe with one first" }).click();
    await heading("Redrive").waitFor();
    await page.getByText("The canary failed: 1 of 1 failed again. 3 scans left parked.").waitFor();
    await page.getByRole("button", { name: "Redrive the rest …" }).waitFor();
    const { redrives } = z
      .object({ redrives: z.array(z.object({ canary: z.object({ alone: z.boolean() }) })) })
      .parse(await (await fetch(`${server.url}/api/v1/ops/redrives`, { headers })).json());
    expect(redrives[0]?.canary.alone).toBe(true);
    expect(await parked()).toBe(scans);
  });

  it("stops a redrive when its canary fails again, and leaves the rest parked", async () => {
    await open(causePlace(), cause);
    await page.getByRole("button", { name: "Redrive 4 …" }).click();
    await page.getByLabel("Why").fill("It may be over");
    await page.getByLabel("First", { exact: true }).fill("1");
    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByText("1 first; stops above 20 % failed").waitFor();
    await page.getByRole("button", { name: "Redrive 4 scans" }).click();
    await heading("Redrive").waitFor();
    await page.getByText("The canary failed: 1 of 1 failed again.").waitFor();
    expect(await parked()).toBe(scans);
  });

  it("recovers parked scans by the keyboard alone, while a job's timeline is live", async () => {
    const watcher = page;
    await open(`#/jobs/${jobs[0]}`, "Job");
    await page.getByText("Live").waitFor();
    const operator = await newPage();
    page = operator;
    await outage("DELETE");
    await open("", "Now");
    await look().waitFor();

    await tabTo(look());
    await page.keyboard.press("Enter");
    await heading(incident).waitFor();
    await tabTo(page.getByRole("button", { name: "Redrive 4 …" }));
    await page.keyboard.press("Enter");
    await dialog().waitFor();
    await tabTo(page.getByLabel("Why"));
    await page.keyboard.type("The provider answers again");
    await tabTo(page.getByLabel("Scans per second"));
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("2");
    await page.keyboard.press("Enter");
    await page.getByText("Dry run: 4 scans would be redriven.").waitFor();
    await page.getByText(/^at most \$0\.0\d+/).waitFor();
    await tabTo(page.getByRole("button", { name: "Redrive 4 scans" }));
    let sockets = 0;
    watcher.on("websocket", () => sockets++);
    await page.keyboard.press("Enter");

    await heading("Redrive").waitFor();
    const bar = page.getByRole("progressbar");
    await bar.waitFor();
    await page.getByText("All 4 scans recovered.").waitFor();
    expect(await bar.evaluate((it) => it instanceof HTMLProgressElement && it.position)).toBe(1);

    // The events arrived over the socket that was already open.
    await watcher.getByText("Redriven").nth(0).waitFor();
    await watcher.getByText("Done").waitFor();
    await watcher.getByText("The scan is completed.").waitFor();
    expect(sockets).toBe(0);

    await tabTo(page.getByRole("link", { name: "Now" }));
    await page.keyboard.press("Enter");
    await heading("Now").waitFor();
    await attention().getByText("Nothing needs attention.").last().waitFor({ timeout: 15_000 });
    await watcher.context().close();
  });
});
