import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseEnv } from "node:util";
import { parse as parseToml } from "smol-toml";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { runWrangler } from "../../scripts/deploy/run-wrangler.ts";
import { smoke } from "../../scripts/deploy/smoke.ts";
import { runSteps } from "../../scripts/deploy/deploy-steps.ts";
import { readConfiguration } from "../../scripts/provision/deploy-configuration.ts";
import { exitCodes, CommandError } from "../../scripts/provision/exit-codes.ts";
import { missingQueues, readPlan } from "../../scripts/provision/deploy-plan.ts";
import { createQueue } from "../../scripts/provision/queue-provisioning.ts";
import { generatedConfiguration } from "../../scripts/provision/generated-configuration.ts";
import { generatedFileOf } from "../../scripts/provision/generated-file.ts";
import { credentialsFrom, cloudflareApi } from "../../scripts/provision/cloudflare-api.ts";
import { namespaceIds } from "../../scripts/provision/deployed-worker.ts";
import { settingErrors } from "../../scripts/provision/secret-states.ts";
import { settingsOf } from "../../scripts/provision/deploy-settings.ts";
import {
  enough,
  environment,
  queueNamesOf,
  readToml,
  runDeployCommand,
  serveWorker,
  startDeployCommand,
  WranglerToml,
} from "./deploy-commands.ts";
import { type FakeCloudflare, startCloudflare } from "./fake-cloudflare.ts";

let toml: WranglerToml;
let folder: string;
let cloudflare: FakeCloudflare;

beforeAll(async () => {
  toml = await readToml();
  folder = await mkdtemp(join(tmpdir(), "provision-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  cloudflare = await startCloudflare();
});
afterEach(() => cloudflare.close());

/** Runs a command on this test's account. */
const run = (command: "provision" | "deploy", args?: string[], given?: Record<string, string>) =>
  runDeployCommand(cloudflare, command, args, given);

/** Cloudflare's API for this test's account, or with what `given` says instead. */
const api = async (given: Record<string, string> = {}) =>
  cloudflareApi(credentialsFrom(await environment(cloudflare, given)));

/** Not even the file of this machine. */
const withoutFile = { settings: "/dev/null" };

/** Puts the queues of wrangler.toml into the account, as `npm run provision` does. */
function addQueues() {
  for (const name of wanted().queues) {
    const id = crypto.randomUUID().replaceAll("-", "");
    cloudflare.account.queues.set(name, { id, consumers: new Map() });
  }
}

/** All names that exist in the account, sorted. */
function inAccount() {
  const { queues, databases, namespaces, buckets } = cloudflare.account;
  return {
    queues: [...queues.keys()].toSorted(),
    databases: [...databases.keys()],
    namespaces: [...namespaces.keys()].toSorted(),
    buckets: [...buckets.keys()].toSorted(),
  };
}

/** What wrangler.toml asks for, read from it once more. */
function wanted() {
  return {
    queues: queueNamesOf(toml),
    databases: ["eco2-edge"],
    namespaces: ["eco2-edge-regulations"],
    buckets: toml.r2_buckets.map(({ bucket_name }) => bucket_name).toSorted(),
  };
}

const nothing = { queues: [], databases: [], namespaces: [], buckets: [] };

const creations = () => cloudflare.calls.filter(({ route }) => route.startsWith("POST"));

describe("provision", () => {
  it("prints the missing queues, and creates nothing before somebody confirms", async () => {
    const { code, output } = await run("provision");
    expect(code).toBe(exitCodes.unconfirmed);
    expect(output).toContain("+ queue scan-vision (SCAN_VISION)");
    expect(output).toContain("+ queue dlq-user-characters");
    expect(output).toContain("~ REGULATIONS, DB, IMAGES, EVENT_ARCHIVE: wrangler finds");
    expect(output).toContain("Pass --yes");
    expect(creations()).toEqual([]);
  });

  it("creates all queues of wrangler.toml, though Cloudflare is busy and fails, and none a second time", async () => {
    const id = "0123456789abcdef0123456789abcdef";
    cloudflare.nextAnswers.push({ status: 429 }, { status: 500 }, { status: 503, raw: "<html>" });
    const first = await run("provision", ["--yes"]);
    expect(first).toMatchObject({
      code: 0,
      output: expect.stringContaining("Everything is there."),
    });
    expect(inAccount()).toEqual({ ...nothing, queues: wanted().queues });

    const made = creations().length;
    cloudflare.account.namespaces.set("eco2-edge-regulations", { id, values: new Map() });
    const second = await run("provision", ["--yes"]);
    expect(second).toMatchObject({ code: 0, output: expect.stringContaining("nothing to do") });
    expect(creations()).toHaveLength(made);
    expect(made).toBe(wanted().queues.length);
    // A deploy reads the settings there, and the ids of namespaces that exist.
    const generated: unknown = JSON.parse(await readFile(generatedFileOf(null), "utf8"));
    expect(generated).toMatchObject({
      kv_namespaces: [{ binding: "REGULATIONS", id }],
      d1_databases: [{ binding: "DB", database_name: "eco2-edge" }],
      secrets: { required: ["SIGNING_SECRET"] },
      vars: { AUTH_JWKS_URL: enough.AUTH_JWKS_URL, AUTH_MODE: "" },
      ai: { binding: "AI" },
      images: { binding: "PHOTO_CONVERTER" },
    });
  });

  it.each(["before", "after"] as const)(
    "creates what is left, and nothing twice, after it was killed %s Cloudflare created a queue",
    async (moment) => {
      const { promise: reached, resolve } = Promise.withResolvers<void>();
      const never = Promise.withResolvers<never>().promise;
      cloudflare[moment] = () => {
        if (creations().length < 11) return undefined;
        resolve();
        return never;
      };
      const child = await startDeployCommand(cloudflare, "provision", ["--yes"]);
      const ended = once(child, "close");
      await Promise.race([reached, ended]);
      expect(child.exitCode).toBeNull();
      child.kill("SIGKILL");
      await ended;
      cloudflare[moment] = () => undefined;
      const before = Object.values(inAccount()).flat().length;
      expect(before).toBe(moment === "before" ? 10 : 11);

      const attempts = creations().length;
      expect((await run("provision", ["--yes"])).code).toBe(0);
      expect(inAccount().queues).toEqual(wanted().queues);
      expect(creations().length - attempts).toBe(wanted().queues.length - before);
    },
  );

  it("counts a queue as created when the answer of its creation was lost", async () => {
    let lost = 0;
    cloudflare.after = ({ route }) =>
      route.startsWith("POST") && lost++ === 0 ? { status: 502, raw: "bad gateway" } : undefined;
    await createQueue(await api(), "scan-vision");
    expect(lost).toBe(2);
    expect(inAccount().queues).toEqual(["scan-vision"]);
  });

  it.each([
    {
      title: "no token",
      given: { CLOUDFLARE_API_TOKEN: "" },
      expected: "CLOUDFLARE_API_TOKEN is not set",
    },
    {
      title: "no account",
      given: { CLOUDFLARE_ACCOUNT_ID: "" },
      expected: "CLOUDFLARE_ACCOUNT_ID is not set",
    },
    {
      title: "a wrong token",
      given: { CLOUDFLARE_API_TOKEN: "nope" },
      expected: "The token is refused",
    },
    {
      title: "a wrong account",
      given: { CLOUDFLARE_ACCOUNT_ID: "0123456789abcdef0123456789abcdef" },
      expected: "There is no account 0123456789abcdef0123456789abcdef",
    },
  ])("exits with 4 and reports it when it has $title", async ({ given, expected }) => {
    const plan = async () => readPlan(await api(given), withoutFile, {});
    await expect(plan()).rejects.toMatchObject({
      code: exitCodes.access,
      message: expect.stringContaining(expected),
    });
  });

  it("prints the plan for an empty account when it has no token, and asks nobody", async () => {
    const given = { ...enough, CLOUDFLARE_API_TOKEN: "", CLOUDFLARE_ACCOUNT_ID: "" };
    const { code, output, stdout } = await run("provision", ["--json"], given);
    expect(code).toBe(exitCodes.access);
    expect(output).toContain("An empty account, Worker eco2-edge");
    expect(output).toContain("+ queue scan-vision (SCAN_VISION)");
    expect(output).toContain("CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are not set.");
    expect(JSON.parse(stdout)).toMatchObject({
      account_id: null,
      to_create: wanted().queues.length,
      errors: [],
    });
    expect(cloudflare.calls).toEqual([]);
  });

  it("creates one queue a stage for the small profile, which the deploy binds all lanes to", async () => {
    const file = join(folder, "small.vars");
    const lines = Object.entries({ ...enough, DEPLOY_PROFILE: "small" });
    await writeFile(file, lines.map(([name, value]) => `${name}=${value}\n`).join(""));
    const { code } = await run("provision", ["--yes", "--settings", file], {});
    expect(code).toBe(0);
    const bulk = wanted().queues.filter((name) => name.endsWith("-bulk"));
    expect(bulk).toEqual(["scan-answer-bulk", "scan-vision-bulk"]);
    const small = wanted().queues.filter((name) => !bulk.includes(name));
    expect(inAccount().queues).toEqual(small);
    const generated = WranglerToml.parse(
      JSON.parse(await readFile("dist/deploy/wrangler.json", "utf8")),
    );
    const { producers, consumers } = generated.queues;
    const binding = toml.queues.producers.map((it) => it["binding"]);
    expect(producers.map((it) => it["binding"])).toEqual(binding);
    expect(producers).toContainEqual({ binding: "SCAN_VISION_BULK", queue: "scan-vision" });
    const queues = consumers.map(({ queue }) => queue);
    expect(queues).toEqual([...new Set(queues)]);
    expect(queues.filter((name) => bulk.includes(name))).toEqual([]);
    expect(consumers).toContainEqual(
      expect.objectContaining({ queue: "scan-vision", max_batch_size: 5 }),
    );
    // A deploy asks for no more.
    expect(missingQueues(await readPlan(await api(), { settings: file }, {}))).toEqual([]);
  });

  it("refuses a profile that there is not", async () => {
    await expect(readPlan(null, withoutFile, { DEPLOY_PROFILE: "tiny" })).rejects.toMatchObject({
      code: exitCodes.usage,
      message: 'DEPLOY_PROFILE has to be small or empty, and is "tiny".',
    });
  });

  it("names the secrets that are missing, and prints the value of none", async () => {
    const file = join(folder, "some.vars");
    await writeFile(file, "OPS_TOKEN=open-sesame\nGEMINI_API_KEY=\n");
    const args = ["--yes", "--json", "--settings", file];
    const { code, output, stdout } = await run("provision", args, {});
    expect(code).toBe(exitCodes.refused);
    expect(output).toContain("! SIGNING_SECRET is missing");
    expect(output).toContain("! AUTH_JWT_SECRET is missing");
    expect(output).toContain("= OPS_TOKEN: set by the next deploy");
    expect(output).toContain("- GEMINI_API_KEY is not set");
    expect(output).not.toContain("open-sesame");
    expect(JSON.parse(stdout)).toMatchObject({
      to_create: 0,
      secrets: expect.arrayContaining([
        expect.objectContaining({ name: "SIGNING_SECRET", state: "missing" }),
        expect.objectContaining({ name: "OPS_TOKEN", state: "given" }),
      ]),
    });
  });

  it("keeps the id of a namespace that wrangler.toml names, whatever the account has", async () => {
    const configuration = await readConfiguration("wrangler.toml");
    const kv_namespaces = configuration.kv_namespaces.map((it) => ({ ...it, id: "named" }));
    const named = { ...configuration, kv_namespaces };
    const namespaces = await namespaceIds(await api(), named, {
      vars: new Map(),
      secrets: new Set(),
      namespaces: new Map([["REGULATIONS", "another"]]),
    });
    const settings = settingsOf(configuration, {}, {}, null);
    const file = generatedFileOf(null);
    const generated = generatedConfiguration({ configuration: named, file, settings, namespaces });
    expect(generated).toMatchObject({ kv_namespaces: [{ id: "named" }] });
  });
});

describe("the template of a deploy button", () => {
  it("describes bindings that there are, and asks for secrets by a file without values", async () => {
    const text = z.string().min(20);
    const { cloudflare: template } = z
      .looseObject({
        cloudflare: z.strictObject({
          bindings: z.record(z.string(), z.strictObject({ description: text })),
        }),
      })
      .parse(JSON.parse(await readFile("package.json", "utf8")));
    const whole = parseToml(await readFile("wrangler.toml", "utf8"));
    const names = JSON.stringify(whole).matchAll(/"(?:binding|name)":"(\w+)"/g);
    const known = new Set([
      ...Object.keys(toml.vars),
      ...toml.secrets.required,
      ...[...names].map(([, it]) => it),
    ]);
    const described = Object.keys(template.bindings);
    expect(described.filter((name) => !known.has(name))).toEqual([]);
    const example = parseEnv(await readFile(".dev.vars.example", "utf8"));
    expect(Object.values(example).join("")).toBe("");
    const asked = Object.keys(example);
    expect(asked).toContain("SIGNING_SECRET");
    expect(asked.filter((name) => !toml.secrets.required.includes(name))).toEqual([]);
    expect(asked.filter((name) => !described.includes(name))).toEqual([]);
  });
});

describe("deploy", () => {
  it("refuses when queues are missing", async () => {
    const { code, output } = await run("deploy", ["--yes"]);
    expect(code).toBe(exitCodes.refused);
    expect(output).toContain("There is no queue scan-vision");
    expect(creations()).toEqual([]);
  });

  it.each([
    {
      title: "AUTH_MODE=dev",
      given: { ...enough, AUTH_MODE: "dev" },
      expected: "AUTH_MODE=dev trusts",
    },
    { title: "an unknown AUTH_MODE", given: { ...enough, AUTH_MODE: "off" }, expected: '"off"' },
    {
      title: "guests that are neither on nor off",
      given: { ...enough, GUESTS: "yes" },
      expected: "GUESTS has to be on or empty",
    },
    {
      title: "guests behind a gateway",
      given: { ...enough, AUTH_MODE: "gateway", GATEWAY_SECRET: "given", GUESTS: "on" },
      expected: "GUESTS=on needs AUTH_MODE=jwt",
    },
    {
      title: "a gateway without its secret",
      given: { ...enough, AUTH_MODE: "gateway" },
      expected: "GATEWAY_SECRET is missing",
    },
    {
      title: "tokens that nothing can check",
      given: { SIGNING_SECRET: enough.SIGNING_SECRET },
      expected: "AUTH_JWT_SECRET is missing",
    },
    {
      title: "a secret that could be guessed",
      given: { ...enough, SIGNING_SECRET: "short" },
      expected: "SIGNING_SECRET has to have 32 bytes",
    },
  ])("refuses $title", async ({ given, expected }) => {
    const configuration = await readConfiguration("wrangler.toml");
    const names = configuration.secrets.required;
    const troubles = (settings: Record<string, string>) =>
      settingErrors(names, settingsOf(configuration, settings, {}, null));
    expect(troubles(enough)).toEqual([]);
    expect(troubles(given)).toEqual([expect.stringContaining(expected)]);
  });

  it("refuses a Worker that was put in development mode by hand, and changes nothing", async () => {
    addQueues();
    const bindings = [
      { type: "plain_text", name: "AUTH_MODE", text: "dev" },
      { type: "secret_text", name: "SIGNING_SECRET" },
    ];
    cloudflare.account.workers.set("eco2-edge", { bindings, version: "1" });
    const { code, output } = await run("deploy", ["--yes"], {});
    expect(code).toBe(exitCodes.refused);
    expect(output).toContain("= SIGNING_SECRET: kept as it is");
    expect(output).toContain("AUTH_MODE=dev trusts");
    expect(cloudflare.calls.filter(({ route }) => !route.startsWith("GET"))).toEqual([]);
  });

  it("deploys to the stores that it finds, migrates and publishes, and goes on where it failed", async () => {
    addQueues();
    // As an upload that failed leaves them: wrangler has created the stores, and no Worker is bound to them.
    const { databases, namespaces, buckets, workers } = cloudflare.account;
    databases.set("eco2-edge", { id: crypto.randomUUID(), sql: new DatabaseSync(":memory:") });
    const id = crypto.randomUUID().replaceAll("-", "");
    namespaces.set("eco2-edge-regulations", { id, values: new Map() });
    for (const name of wanted().buckets) buckets.set(name, new Set());
    const deployedBindings = () => workers.get("eco2-edge")?.bindings;
    let page: string | undefined = "not the residents' page";
    await using worker = await serveWorker(
      () => null,
      () => page,
    );
    const changes = () =>
      cloudflare.calls.flatMap(({ route, body }) => {
        if (/^POST .d1.*query$/.test(route))
          return body.includes("CREATE TABLE events") ? ["migrated"] : [];
        if (/^PUT .*bulk$/.test(route))
          return [body.includes(":current") ? "pointed to" : "written"];
        return /^(PUT .workers.scripts.[\w-]+|POST .workers.scripts.[\w-]+.versions)$/.test(route)
          ? ["deployed"]
          : [];
      });
    const failed = await run("deploy", ["--yes", "--url", worker.url]);
    expect(failed.code).toBe(exitCodes.unhealthy);
    expect(failed.output).toMatch(/--dry-run: exiting now[^]*1\/4 Deploy the Worker/);
    expect(failed.output).toContain("is up and ready");
    expect(failed.output).toContain("Failed: Check that it answers");
    expect(failed.output).toContain(
      "Done: Deploy the Worker, Migrate the database, Publish the regulations",
    );
    expect(failed.output).toContain("To go on: npm run deploy -- ");
    expect(changes()).toEqual(["deployed", "migrated", "written", "pointed to"]);
    expect(inAccount()).toEqual(wanted());
    expect(deployedBindings()).toEqual(
      expect.arrayContaining([
        { type: "secret_text", name: "SIGNING_SECRET", text: enough.SIGNING_SECRET },
        { type: "plain_text", name: "AUTH_JWKS_URL", text: enough.AUTH_JWKS_URL },
        expect.objectContaining({
          type: "kv_namespace",
          name: "REGULATIONS",
          namespace_id: id,
        }),
        expect.objectContaining({ type: "d1", name: "DB", id: databases.get("eco2-edge")?.id }),
        expect.objectContaining({
          type: "r2_bucket",
          name: "IMAGES",
          bucket_name: "eco2-edge-images",
        }),
      ]),
    );

    // From now on a version runs: tables and regulations are there before the code that reads them.
    cloudflare.calls.length = 0;
    page = undefined;
    const before = workers.get("eco2-edge")?.version;
    const later = await run("deploy", ["--yes", "--url", worker.url]);
    expect(later.code).toBe(0);
    expect(later.output).toMatch(/1\/4 Migrate[^]*2\/4 Publish[^]*3\/4 Deploy[^]*4\/4 Check/);
    expect(later.output).toContain("No migrations to apply");
    expect(later.output).toContain("nothing is to be done");
    expect(workers.get("eco2-edge")?.version).not.toBe(before);
    expect(inAccount()).toEqual(wanted());
  }, 300_000);

  it("fails when wrangler does", async () => {
    await expect(runWrangler("dist/deploy/none.json", "deploy", "--dry-run")).rejects.toMatchObject(
      {
        code: exitCodes.failed,
        message: "wrangler deploy exited with 1.",
      },
    );
  });

  it("prints what was done and how to go back when the deployed Worker does not answer", async () => {
    const output: string[] = [];
    const record = (text: unknown) => output.push(String(text));
    const { error, log } = console;
    Object.assign(console, { error: record, log: record });
    try {
      const steps = [
        { name: "One", run: async () => {} },
        { name: "Two", run: async () => {}, undo: "undo two" },
        {
          name: "Three",
          run: () => Promise.reject(new CommandError("unhealthy", "no answer")),
          undo: "undo three",
        },
        { name: "Four", run: async () => {}, undo: "undo four" },
      ];
      expect(await runSteps(steps, "again")).toBe(exitCodes.unhealthy);
    } finally {
      Object.assign(console, { error, log });
    }
    expect(output.join("\n")).toContain(
      "Failed: Three\nDone: One, Two\nNot done: Four\nTo go on: again\nTo go back: undo three\nTo go back: undo two",
    );
  });
});

describe("the check after a deploy", () => {
  it("waits for a version that is not ready yet, and gives the reason when none ever is", async () => {
    const reason = '{"status":"unavailable","reasons":[{"part":"auth"}]}';
    let asked = 0;
    await using late = await serveWorker(() => (asked++ === 0 ? reason : null));
    await smoke(late.url, 10_000);
    expect(asked).toBe(2);
    await using never = await serveWorker(() => reason);
    await expect(smoke(never.url, 0)).rejects.toMatchObject({
      code: exitCodes.unhealthy,
      message: expect.stringContaining(reason),
    });
  });
});
