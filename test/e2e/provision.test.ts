import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { smoke } from "../../scripts/deploy/smoke.ts";
import { carryOut } from "../../scripts/deploy/steps.ts";
import { readConfiguration } from "../../scripts/provision/configuration.ts";
import { exitCodes, Failure } from "../../scripts/provision/failure.ts";
import { planItems } from "../../scripts/provision/plan.ts";
import { settingTroubles } from "../../scripts/provision/secrets.ts";
import { settingsOf } from "../../scripts/provision/settings.ts";
import { type FakeCloudflare, startCloudflare } from "./a-cloudflare.ts";

const Named = z.looseObject({
  vars: z.record(z.string(), z.string()),
  secrets: z.looseObject({ required: z.array(z.string()) }),
  queues: z.looseObject({
    producers: z.array(z.looseObject({ queue: z.string() })),
    consumers: z.array(
      z.looseObject({ queue: z.string(), dead_letter_queue: z.string().optional() }),
    ),
  }),
  r2_buckets: z.array(z.looseObject({ bucket_name: z.string() })),
});

let toml: z.output<typeof Named>;
let folder: string;
let cloudflare: FakeCloudflare;

beforeAll(async () => {
  toml = Named.parse(parseToml(await readFile("wrangler.toml", "utf8")));
  folder = await mkdtemp(join(tmpdir(), "provision-"));
  await writeFile(join(folder, "none.vars"), "");
});
beforeEach(async () => {
  cloudflare = await startCloudflare();
});
afterEach(() => cloudflare.close());
afterAll(() => rm(folder, { recursive: true }));

const signing = "a secret that signs addresses, of 32 bytes or more";
const enough = { SIGNING_SECRET: signing, AUTH_JWKS_URL: "https://id.example.com/keys" };

/** This machine's own settings and secrets are not the test's. */
function environment(given: Record<string, string>) {
  const names = new Set([...Object.keys(toml.vars), ...toml.secrets.required, "ECO2_TOKEN"]);
  const others = Object.entries(process.env).filter(([name]) => !names.has(name));
  return {
    ...Object.fromEntries(others),
    CLOUDFLARE_API_BASE_URL: cloudflare.url,
    CLOUDFLARE_ACCOUNT_ID: cloudflare.accountId,
    CLOUDFLARE_API_TOKEN: cloudflare.token,
    ...given,
  };
}

function start(script: "provision" | "deploy", args: string[], given: Record<string, string>) {
  const settings = args.includes("--settings") ? [] : ["--settings", join(folder, "none.vars")];
  return spawn("node", [`scripts/${script}.ts`, ...settings, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(given),
  });
}

/** Runs a command to its end. */
async function run(
  script: "provision" | "deploy",
  args: string[] = [],
  given: Record<string, string> = enough,
) {
  const child = start(script, args, given);
  let said = "";
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    said += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = await once(child, "close");
  return { code: Number(code), said, stdout };
}

/** All names that exist in the account, sorted. */
function inAccount() {
  const { queues, databases, namespaces, buckets } = cloudflare.account;
  return {
    queues: [...queues.keys()].toSorted(),
    databases: [...databases.keys()],
    namespaces: [...namespaces.keys()].toSorted(),
    buckets: [...buckets].toSorted(),
  };
}

/** What wrangler.toml asks for, read from it once more. */
function wanted() {
  const { producers, consumers } = toml.queues;
  const names = [
    ...producers.map(({ queue }) => queue),
    ...consumers.map(({ queue }) => queue),
    ...consumers.flatMap(({ dead_letter_queue: dead }) => (dead === undefined ? [] : [dead])),
  ];
  return {
    queues: [...new Set(names)].toSorted(),
    databases: ["eco2-edge"],
    namespaces: ["eco2-edge-cache", "eco2-edge-regulations"],
    buckets: toml.r2_buckets.map(({ bucket_name }) => bucket_name).toSorted(),
  };
}

const creations = () => cloudflare.calls.filter(({ route }) => route.startsWith("POST"));

describe("provision", () => {
  it("says what is missing, and makes nothing before somebody confirms", async () => {
    const { code, said } = await run("provision");
    expect(code).toBe(exitCodes.unconfirmed);
    expect(said).toContain("+ queue scan-vision (SCAN_VISION)");
    expect(said).toContain("+ queue dlq-user-characters");
    expect(said).toContain("+ D1 database eco2-edge (DB)");
    expect(said).toContain("Say --yes");
    expect(creations()).toEqual([]);
  });

  it("makes all that wrangler.toml names, though Cloudflare is busy and fails, and then nothing more", async () => {
    cloudflare.ahead.push({ status: 429 }, { status: 500 }, { status: 503, raw: "<html>" });
    const first = await run("provision", ["--yes"]);
    expect(first).toMatchObject({ code: 0, said: expect.stringContaining("Everything is there.") });
    expect(inAccount()).toEqual(wanted());

    const made = creations().length;
    const second = await run("provision", ["--yes"]);
    expect(second).toMatchObject({ code: 0, said: expect.stringContaining("nothing to do") });
    expect(creations()).toHaveLength(made);
    expect(made).toBe(Object.values(wanted()).flat().length);
  });

  it("writes the account's ids where a deploy reads them", async () => {
    await run("provision", ["--yes"]);
    const generated: unknown = JSON.parse(await readFile("dist/deploy/wrangler.json", "utf8"));
    const { namespaces, databases } = cloudflare.account;
    expect(generated).toMatchObject({
      kv_namespaces: [
        { binding: "REGULATIONS", id: namespaces.get("eco2-edge-regulations")?.id },
        { binding: "CACHE", id: namespaces.get("eco2-edge-cache")?.id },
      ],
      d1_databases: [{ binding: "DB", database_id: databases.get("eco2-edge")?.id }],
      secrets: { required: ["SIGNING_SECRET"] },
      vars: { AUTH_JWKS_URL: enough.AUTH_JWKS_URL, AUTH_MODE: "" },
    });
  });

  it.each(["before", "after"] as const)(
    "killed %s Cloudflare makes something, goes on when it is run again, and makes nothing twice",
    async (moment) => {
      const { promise: reached, resolve } = Promise.withResolvers<void>();
      const never = Promise.withResolvers<never>().promise;
      cloudflare[moment] = () => {
        if (creations().length < 26) return undefined;
        resolve();
        return never;
      };
      const child = start("provision", ["--yes"], enough);
      await reached;
      child.kill("SIGKILL");
      await once(child, "close");
      cloudflare[moment] = () => undefined;
      const before = Object.values(inAccount()).flat().length;
      expect(before).toBe(moment === "before" ? 25 : 26);

      const attempts = creations().length;
      expect((await run("provision", ["--yes"])).code).toBe(0);
      expect(inAccount()).toEqual(wanted());
      expect(creations().length - attempts).toBe(Object.values(wanted()).flat().length - before);
    },
  );

  it("takes what was made by a request whose answer was lost for made", async () => {
    let lost = 0;
    cloudflare.after = ({ route }) =>
      route.startsWith("POST") && lost++ === 0 ? { status: 502, raw: "bad gateway" } : undefined;
    expect((await run("provision", ["--yes"])).code).toBe(0);
    expect(inAccount()).toEqual(wanted());
  });

  it.each([
    {
      title: "no token",
      given: { CLOUDFLARE_API_TOKEN: "" },
      told: "CLOUDFLARE_API_TOKEN is not set",
    },
    {
      title: "no account",
      given: { CLOUDFLARE_ACCOUNT_ID: "" },
      told: "CLOUDFLARE_ACCOUNT_ID is not set",
    },
    {
      title: "a wrong token",
      given: { CLOUDFLARE_API_TOKEN: "nope" },
      told: "The token is refused",
    },
    {
      title: "a wrong account",
      given: { CLOUDFLARE_ACCOUNT_ID: "0123456789abcdef0123456789abcdef" },
      told: "There is no account 0123456789abcdef0123456789abcdef",
    },
  ])("says that it has $title, and exits with 4", async ({ given, told }) => {
    const { code, said } = await run("provision", ["--yes"], { ...enough, ...given });
    expect(code).toBe(exitCodes.access);
    expect(said).toContain(told);
    expect(creations()).toEqual([]);
  });

  it("names the secrets that are missing, and tells the value of none", async () => {
    const file = join(folder, "some.vars");
    await writeFile(file, "OPS_TOKEN=open-sesame\nGEMINI_API_KEY=\n");
    const args = ["--yes", "--json", "--settings", file];
    const { code, said, stdout } = await run("provision", args, {});
    expect(code).toBe(exitCodes.refused);
    expect(said).toContain("! SIGNING_SECRET is missing");
    expect(said).toContain("! AUTH_JWT_SECRET is missing");
    expect(said).toContain("= OPS_TOKEN: set by the next deploy");
    expect(said).toContain("- GEMINI_API_KEY is not set");
    expect(said).not.toContain("open-sesame");
    expect(JSON.parse(stdout)).toMatchObject({
      to_make: 0,
      secrets: expect.arrayContaining([
        expect.objectContaining({ name: "SIGNING_SECRET", state: "missing" }),
        expect.objectContaining({ name: "OPS_TOKEN", state: "given" }),
      ]),
    });
  });

  it("does not take another namespace for one whose id wrangler.toml insists on", () => {
    const kv = { kind: "kv", name: "eco2-edge-cache", bindings: ["CACHE"] } as const;
    const found = { queue: [], d1: [], r2: [], kv: [{ name: "eco2-edge-cache", id: "b" }] };
    const states = ["a", "b", null].map((id) =>
      planItems([{ ...kv, id, bindings: [...kv.bindings] }], found).map(({ state }) => state),
    );
    expect(states).toEqual([["other"], ["there"], ["there"]]);
  });
});

describe("deploy", () => {
  it("refuses before there is what it needs", async () => {
    const { code, said } = await run("deploy", ["--yes"]);
    expect(code).toBe(exitCodes.refused);
    expect(said).toContain("There is no scan-vision");
    expect(creations()).toEqual([]);
  });

  it.each([
    {
      title: "AUTH_MODE=dev",
      given: { ...enough, AUTH_MODE: "dev" },
      told: "AUTH_MODE=dev trusts",
    },
    { title: "an unknown AUTH_MODE", given: { ...enough, AUTH_MODE: "off" }, told: '"off"' },
    {
      title: "a gateway without its secret",
      given: { ...enough, AUTH_MODE: "gateway" },
      told: "GATEWAY_SECRET is missing",
    },
    {
      title: "tokens that nothing can check",
      given: { SIGNING_SECRET: signing },
      told: "AUTH_JWT_SECRET is missing",
    },
    {
      title: "a secret that could be guessed",
      given: { ...enough, SIGNING_SECRET: "short" },
      told: "SIGNING_SECRET has to have 32 bytes",
    },
  ])("has a reason to refuse $title", async ({ given, told }) => {
    const configuration = await readConfiguration("wrangler.toml");
    const names = configuration.secrets.required;
    const troubles = (settings: Record<string, string>) =>
      settingTroubles(names, settingsOf(configuration, settings, {}, null));
    expect(troubles(enough)).toEqual([]);
    expect(troubles(given)).toEqual([expect.stringContaining(told)]);
  });

  it("refuses a Worker that was put in development mode by hand, and changes nothing", async () => {
    await run("provision", ["--yes"]);
    cloudflare.calls.length = 0;
    const bindings = [
      { type: "plain_text", name: "AUTH_MODE", text: "dev" },
      { type: "secret_text", name: "SIGNING_SECRET" },
    ];
    cloudflare.account.worker = { bindings, version: "1" };
    const { code, said } = await run("deploy", ["--yes"], {});
    expect(code).toBe(exitCodes.refused);
    expect(said).toContain("= SIGNING_SECRET: kept as it is");
    expect(said).toContain("AUTH_MODE=dev trusts");
    expect(cloudflare.calls.filter(({ route }) => !route.startsWith("GET"))).toEqual([]);
  });

  it("migrates, publishes, deploys and checks, in this order, and goes on where it failed", async () => {
    await run("provision", ["--yes"]);
    await using worker = await serveWorker();
    const changes = () =>
      cloudflare.calls.flatMap(({ route, body }) => {
        if (/^POST .d1.*query$/.test(route))
          return body.includes("CREATE TABLE events") ? ["migrated"] : [];
        if (/^PUT .*bulk$/.test(route))
          return [body.includes(":current") ? "pointed to" : "written"];
        return /^PUT .workers.scripts.[\w-]+$/.test(route) ? ["deployed"] : [];
      });
    cloudflare.calls.length = 0;
    cloudflare.before = ({ route }) => {
      if (route !== "PUT /workers/scripts/eco2-edge") return;
      cloudflare.ahead.push({ status: 400, errors: [{ code: 10021, message: "Uncaught Error" }] });
    };
    const failed = await run("deploy", ["--yes", "--url", worker.url]);
    expect(failed.code).toBe(exitCodes.failed);
    expect(failed.said).toMatch(/--dry-run: exiting now[^]*1\/4 Migrate the database/);
    expect(failed.said).toContain("Failed: Deploy the Worker");
    expect(failed.said).toContain("Done: Migrate the database, Publish the regulations");
    expect(failed.said).toContain("Not done: Check that it answers");
    expect(failed.said).toContain("To go on: npm run deploy -- ");
    expect(changes()).toEqual(["migrated", "written", "pointed to", "deployed"]);

    cloudflare.calls.length = 0;
    cloudflare.before = () => {};
    const deployed = await run("deploy", ["--yes", "--url", worker.url]);
    expect(deployed).toMatchObject({ code: 0, said: expect.stringContaining("is up and ready") });
    expect(deployed.said).toContain("No migrations to apply");
    expect(deployed.said).toContain("nothing is to be done");
    expect(changes()).toEqual(["deployed"]);
    expect(cloudflare.account.worker?.bindings).toEqual(
      expect.arrayContaining([
        { type: "secret_text", name: "SIGNING_SECRET", text: signing },
        { type: "plain_text", name: "AUTH_JWKS_URL", text: enough.AUTH_JWKS_URL },
        expect.objectContaining({ type: "kv_namespace", name: "REGULATIONS" }),
      ]),
    );
  }, 300_000);

  it("says what was done and how to go back, when what was deployed does not answer", async () => {
    const said: string[] = [];
    const told = (text: unknown) => said.push(String(text));
    const { error, log } = console;
    Object.assign(console, { error: told, log: told });
    try {
      const steps = [
        { name: "One", run: async () => {} },
        { name: "Two", run: async () => {}, back: "undo two" },
        {
          name: "Three",
          run: () => Promise.reject(new Failure("unwell", "no answer")),
          back: "undo three",
        },
        { name: "Four", run: async () => {}, back: "undo four" },
      ];
      expect(await carryOut(steps, "again")).toBe(exitCodes.unwell);
    } finally {
      Object.assign(console, { error, log });
    }
    expect(said.join("\n")).toContain(
      "Failed: Three\nDone: One, Two\nNot done: Four\nTo go on: again\nTo go back: undo three\nTo go back: undo two",
    );
  });
});

describe("the check after a deploy", () => {
  it("waits for a version that is not ready yet, and tells why one never is", async () => {
    const reason = '{"status":"unavailable","reasons":[{"part":"auth"}]}';
    let asked = 0;
    await using late = await serveWorker(() => (asked++ === 0 ? reason : null));
    await smoke(late.url, 10_000);
    expect(asked).toBe(2);
    await using never = await serveWorker(() => reason);
    await expect(smoke(never.url, 0)).rejects.toMatchObject({
      code: exitCodes.unwell,
      message: expect.stringContaining(reason),
    });
  });
});

/** Answers as the Worker does, or on `/ready` with what it is told. */
async function serveWorker(ready: () => string | null = () => null) {
  const server = createServer(({ url }, response) => {
    const healthy = {
      status: "ok",
      ...(url === "/health" ? { service: "eco2-edge" } : { model: "offline" }),
    };
    response.end((url === "/ready" ? ready() : null) ?? JSON.stringify(healthy));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
