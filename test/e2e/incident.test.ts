import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { lookOver } from "./look-over.ts";
import { openPage } from "./open-page.ts";
import { startServer } from "./start-server.ts";

const token = "ops-token-of-the-incident-tests";
const env = { DEFAULT_MODEL: "gpt-5.2", OPENAI_API_KEY: "sk-test", OPS_TOKEN: token };
const Job = z.object({
  status: z.string(),
  stages: z.array(z.object({ stage: z.string(), attempts: z.int() })),
});
const Jobs = z.object({ jobs: z.array(z.object({ job_id: z.string() })) });
const Breakers = z.object({
  breakers: z.array(z.object({ provider: z.string(), state: z.string() })),
});
const Alerts = z.object({
  open: z.array(z.object({ rule: z.string(), target: z.string(), page: z.string() })),
});
const Incidents = z.object({
  findings: z.array(z.object({ rule: z.string(), target: z.string() })),
  incidents: z.array(
    z.object({
      provider: z.string(),
      error_code: z.string(),
      error_message: z.string().nullable(),
      breaker: z.string(),
      scans: z.int(),
      stages: z.array(z.object({ stage: z.string(), waiting: z.int(), parked: z.int() })),
    }),
  ),
});

/** A server whose provider fails every call for an answer of the scans that are submitted here. */
async function startOutage(entry?: string) {
  const mark = `outage-${crypto.randomUUID()}`;
  const model = await startModelServer();
  const server = await startServer({
    ...(entry !== undefined && { entry }),
    env: { ...env, OPENAI_BASE_URL: model.baseURL },
  });
  const read = async <Schema extends z.ZodType>(path: string, schema: Schema) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${server.url}/api/v1/ops${path}`, { headers });
    return schema.parse(await response.json());
  };
  const submit = async (nth: number) => {
    const words = `생수병 ${mark} {${nth}-${mark}}`;
    const response = await fetch(`${server.url}/api/v1/scan`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": `user-${nth}-${mark}` },
      body: JSON.stringify({ user_input: words }),
    });
    const { job_id } = z.object({ job_id: z.string() }).parse(await response.json());
    return { jobId: job_id, answers: () => answersTo(model, `{${nth}-${mark}}`) };
  };
  return {
    server,
    set: (method: "PUT" | "DELETE") => fetch(`${model.baseURL}?outage=${mark}`, { method }),
    submitAll: (count: number) =>
      Promise.all(Array.from({ length: count }, (_, nth) => submit(nth))),
    jobOf: ({ jobId }: { jobId: string }) => read(`/jobs/${jobId}`, Job),
    completed: async () => (await read("/jobs?status=completed&limit=100", Jobs)).jobs.length,
    breaker: async () =>
      (await read("/breakers", Breakers)).breakers.find(({ provider }) => provider === "openai")
        ?.state,
    overview: () => read("/overview", Incidents),
    alerts: () => read("/alerts", Alerts),
    async stop() {
      await server.stop();
      await model.close();
    },
  };
}

const answersTo = (model: ModelServer, text: string) =>
  model.calls(text).filter(({ kind }) => kind === "answer").length;

// Each has a server of its own, and waits most of its time.
describe.concurrent("a storm of 40 scans against HTTP 500", () => {
  let outage: Awaited<ReturnType<typeof startOutage>>;
  beforeAll(async () => void (outage = await startOutage()));
  afterAll(() => outage?.stop());

  it("is one incident with its true cause, and recovers by itself within a minute, no attempt spent on a breaker", async () => {
    await outage.set("PUT");
    const scans = await outage.submitAll(40);
    const incident = async () => (await outage.overview()).incidents[0];
    await vi.waitUntil(async () => (await incident())?.scans === scans.length, {
      timeout: 60_000,
      interval: 500,
    });
    const { incidents, findings } = await outage.overview();
    expect(incidents).toMatchObject([
      {
        provider: "openai",
        error_code: "MODEL_UNAVAILABLE",
        error_message: "500 scripted 500",
        scans: 40,
      },
    ]);
    expect(findings).toContainEqual({ rule: "provider_failing", target: "openai" });
    // The outage lasts for a while: scans look for the provider again and again.
    await vi.waitUntil(async () => (await outage.breaker()) === "half-open", {
      timeout: 60_000,
      interval: 100,
    });
    const before = await Promise.all(scans.map((scan) => outage.jobOf(scan)));
    expect(before.filter(({ status }) => status === "parked")).toEqual([]);

    await outage.set("DELETE");
    const backAt = Date.now();
    await vi.waitUntil(async () => (await outage.completed()) === scans.length, {
      timeout: 60_000,
      interval: 1_000,
    });
    expect(Date.now() - backAt).toBeLessThanOrEqual(60_000);
    const ended = await Promise.all(scans.map((scan) => outage.jobOf(scan)));
    // Each attempt has called the provider.
    expect(
      ended.map(({ stages }) => stages.find(({ stage }) => stage === "answer")?.attempts),
    ).toEqual(scans.map(({ answers }) => answers()));
    await vi.waitUntil(async () => (await incident()) === undefined, { timeout: 30_000 });
  }, 240_000);
});

describe.skipIf(browserless).concurrent("an incident of 80 scans", () => {
  let outage: Awaited<ReturnType<typeof startOutage>>;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  let clicks = 0;

  beforeAll(async () => {
    [outage, browser] = await Promise.all([
      startOutage("test/support/manual-redrive-worker.ts"),
      launchBrowser(),
    ]);
    await outage.set("PUT");
    await outage.submitAll(80);
    const parked = async () => (await outage.overview()).incidents[0]?.stages[0]?.parked;
    await vi.waitUntil(async () => (await parked()) === 80, { timeout: 90_000, interval: 500 });
    await outage.set("DELETE");
    page = await openPage(browser, { baseURL: outage.server.url, locale: "en-GB" }, errors);
  });
  afterAll(async () => {
    await browser?.close();
    await outage?.stop();
    expect(errors).toEqual([]);
  });

  async function click(role: "button" | "link", name: string | RegExp) {
    clicks++;
    await page.getByRole(role, { name }).click();
  }

  /** The widths are those of a small phone, of another and of a desktop. */
  const look = (where: string) => lookOver(page, where, [320, 390, 1280]);

  it("is recovered in six clicks at most from the link of its alert, and no id is typed", async () => {
    await outage.server.fireCron("*/5 * * * *");
    const { open } = await outage.alerts();
    const alert = open.find(({ rule, target }) => rule === "dead_letters" && target === "answer");
    expect(alert?.page).toMatch(/^\/ops#/);
    await page.goto(alert?.page ?? "");
    await page.getByLabel("Your name").fill("Kim");
    await page.getByLabel("Token", { exact: true }).fill(token);
    await click("button", "Log in");
    const link = /^Look and redrive: openai: MODEL_UNAVAILABLE, 80 scans/;
    await page.getByRole("link", { name: link }).waitFor();
    expect(await page.getByText("None is open").count()).toBe(0);
    const found = await look("now");
    await click("link", link);
    await page.getByRole("heading", { level: 1, name: "openai: MODEL_UNAVAILABLE" }).waitFor();
    await page.getByRole("button", { name: "Redrive 80 …" }).waitFor();
    found.push(...(await look("incident")));
    await click("button", "Redrive 80 …");
    await page.getByLabel("Why").fill("The provider is back");
    await click("button", "Dry run");
    await page.getByText("1 first; stops above 20 % failed").waitFor();
    await click("button", "Redrive 80 scans");
    await page.getByText("All 80 scans recovered.").waitFor({ timeout: 60_000 });
    expect(clicks).toBeLessThanOrEqual(6);
    found.push(...(await look("redrive")));
    expect(found).toEqual([]);
    expect((await outage.overview()).incidents).toEqual([]);
  });
});
