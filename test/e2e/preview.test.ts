import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { z } from "zod";
import { publicationOfFiles } from "../../regulations/files.ts";
import { scanAsGuest } from "../../scripts/deploy/guest-scan.ts";
import { credentialsFrom, cloudflareApi } from "../../scripts/provision/cloudflare-api.ts";
import { readConfiguration } from "../../scripts/provision/deploy-configuration.ts";
import { readPlan } from "../../scripts/provision/deploy-plan.ts";
import { emptyBucket } from "../../scripts/provision/empty-bucket.ts";
import { exitCodes } from "../../scripts/provision/exit-codes.ts";
import { generatedFileOf } from "../../scripts/provision/generated-file.ts";
import { previewConfiguration } from "../../scripts/provision/preview-configuration.ts";
import { parsePreviewName } from "../../scripts/provision/preview-name.ts";
import { migrateLocally } from "../../scripts/start/migrate-locally.ts";
import {
  type DeployCommand,
  environment,
  queueNamesOf,
  readToml,
  runDeployCommand,
  serveWorker,
  startDeployCommand,
  WranglerToml,
} from "./deploy-commands.ts";
import { type FakeAccount, type FakeCloudflare, startCloudflare } from "./fake-cloudflare.ts";

const preview = "pr-42";
const id = () => crypto.randomUUID().replaceAll("-", "");

/** Puts a whole deployment into the account, with something in each of its stores. */
async function addDeployment(account: FakeAccount, suffix: string): Promise<void> {
  const toml = await readToml();
  const worker = `eco2-edge${suffix}`;
  for (const name of queueNamesOf(toml)) {
    account.queues.set(`${name}${suffix}`, { id: id(), consumers: new Map([[id(), worker]]) });
  }
  const sql = new DatabaseSync(":memory:");
  sql.exec("CREATE TABLE kept (value); INSERT INTO kept VALUES (1)");
  account.databases.set(worker, { id: crypto.randomUUID(), sql });
  const values = new Map([["regulations:current", suffix]]);
  account.namespaces.set(`${worker}-regulations`, { id: id(), values });
  for (const { bucket_name } of toml.r2_buckets) {
    account.buckets.set(`${bucket_name}${suffix}`, new Set(["a/1", "b/2"]));
  }
  const bindings = [{ type: "plain_text", name: "GUESTS", text: "" }];
  account.workers.set(worker, { bindings, version: "1" });
}

const isOwn = (name: string) => /-preview-pr-42(?!\d)/.test(name);

/** What the account has under each name, with what is in it. */
const contents = ({ queues, databases, namespaces, buckets, workers }: FakeAccount) => [
  ...[...queues].map(([name, it]) => ({ name, held: [it.id, ...it.consumers] })),
  ...[...databases].map(([name, { id: uuid, sql }]) => {
    const tables = sql.prepare("SELECT name FROM sqlite_master").all();
    return { name, held: [uuid, ...tables] };
  }),
  ...[...namespaces].map(([name, it]) => ({ name, held: [it.id, ...it.values] })),
  ...[...buckets].map(([name, keys]) => ({ name, held: [...keys] })),
  ...[...workers].map(([name, it]) => ({ name, held: [it] })),
];

/** Everything in the account but what is the preview's. */
const others = (account: FakeAccount) =>
  JSON.stringify(contents(account).filter(({ name }) => !isOwn(name)));

/** The names of the account that are the preview's. */
const ownNames = (account: FakeAccount) =>
  contents(account)
    .map(({ name }) => name)
    .filter(isOwn)
    .toSorted();

describe("a preview beside production", () => {
  let cloudflare: FakeCloudflare;
  let before: string;
  let provisioned: Awaited<ReturnType<typeof runDeployCommand>>;
  let deployed: Awaited<ReturnType<typeof runDeployCommand>>;
  const file = generatedFileOf(preview);

  beforeAll(async () => {
    cloudflare = await startCloudflare();
    await addDeployment(cloudflare.account, "");
    for (const other of ["pr-4", "pr-421", "a-pr-42"]) {
      await addDeployment(cloudflare.account, `-preview-${other}`);
    }
    before = others(cloudflare.account);
    const args = ["--preview", preview, "--yes"];
    expect(file).not.toBe(generatedFileOf(null));
    provisioned = await runDeployCommand(cloudflare, "provision", args, {});
    await using worker = await serveWorker();
    args.push("--url", worker.url);
    deployed = await runDeployCommand(cloudflare, "deploy", args, {});
  }, 200_000);
  afterAll(() => cloudflare.close());

  it("has queues and stores of its own, and leaves all others as they were", async () => {
    expect(provisioned).toMatchObject({
      code: 0,
      output: expect.stringContaining("+ SIGNING_SECRET: made by the next deploy"),
    });
    expect(deployed).toMatchObject({ code: 0, output: expect.stringContaining("is up and ready") });
    const toml = await readToml();
    const queues = queueNamesOf(toml).filter((name) => !name.endsWith("-bulk"));
    const buckets = toml.r2_buckets.map(({ bucket_name }) => bucket_name);
    expect(ownNames(cloudflare.account)).toEqual(
      [
        ...[...queues, ...buckets, "eco2-edge", "eco2-edge"].map((name) => `${name}-preview-pr-42`),
        "eco2-edge-preview-pr-42-regulations",
      ].toSorted(),
    );
    expect(others(cloudflare.account)).toBe(before);
  });

  it("binds nothing of production, and makes its own secrets, which nobody prints", () => {
    const bindings = cloudflare.account.workers.get(`eco2-edge-preview-${preview}`)?.bindings ?? [];
    const { databases, namespaces } = cloudflare.account;
    const named = bindings.flatMap((it) =>
      ["queue_name", "bucket_name", "dataset"].flatMap((key) => it[key] ?? []),
    );
    expect(named).toHaveLength(18);
    for (const name of named) expect(name).toMatch(/[-_]preview[-_]pr[-_]42$/);
    expect(bindings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: "DB",
          id: databases.get("eco2-edge-preview-pr-42")?.id,
        }),
        expect.objectContaining({
          name: "REGULATIONS",
          namespace_id: namespaces.get("eco2-edge-preview-pr-42-regulations")?.id,
        }),
        { type: "plain_text", name: "GUESTS", text: "on" },
      ]),
    );
    const secrets = bindings.filter(({ type }) => type === "secret_text");
    expect(secrets.map(({ name }) => name).toSorted()).toEqual([
      "AUTH_JWT_SECRET",
      "SIGNING_SECRET",
    ]);
    expect(new Set(secrets.map(({ text }) => text)).size).toBe(2);
    for (const { text = "" } of secrets) {
      expect(Buffer.from(text, "base64")).toHaveLength(32);
      expect(deployed.output + provisioned.output).not.toContain(text);
    }
    const limits = bindings.filter(({ type }) => type === "ratelimit");
    expect(limits).toHaveLength(3);
    for (const { namespace_id } of limits) expect(Number(namespace_id)).toBeGreaterThan(10_000);
  });

  it("keeps the secrets that it has made", async () => {
    const api = cloudflareApi(credentialsFrom(await environment(cloudflare, {})));
    const { secrets, settings } = await readPlan(api, { preview }, {});
    expect(settings.generated).toEqual([]);
    for (const name of ["AUTH_JWT_SECRET", "SIGNING_SECRET"]) {
      expect(secrets).toContainEqual(expect.objectContaining({ name, state: "retained" }));
    }
  });

  it("scans through its own queues in workerd, and its dead letters come to its own dead-letter queue", async () => {
    await using worker = await serveGenerated(file, cloudflare.account);
    expect(await scanAsGuest(worker.url, 60_000)).toBe(true);
    await worker.sendTo("SCAN_RULE", { nobody: "can read this" });
    await expect
      .poll(() => worker.deadLetters(), { timeout: 60_000, interval: 200 })
      .toEqual([{ source: "rule", code: "MESSAGE_UNREADABLE" }]);
  });

  it("lists what it would remove, and removes nothing before somebody confirms", async () => {
    cloudflare.calls.length = 0;
    const { code, output } = await runDeployCommand(cloudflare, "remove-preview", [preview], {});
    expect(code).toBe(exitCodes.unconfirmed);
    expect(output).toContain("  - Worker eco2-edge-preview-pr-42\n");
    expect(output).toContain("  - queue dlq-scan-vision-preview-pr-42\n");
    expect(output).toContain("  - R2 bucket eco2-edge-images-preview-pr-42, with what is in it\n");
    expect(output).toContain("Pass --yes");
    expect(output.match(/^ {2}- /gm)).toHaveLength(ownNames(cloudflare.account).length);
    expect(cloudflare.calls.filter(({ route }) => !route.startsWith("GET"))).toEqual([]);
  });

  it("is removed whole, after a crash in the middle, too, and again without an error", async () => {
    const bucket = cloudflare.account.buckets.get(`eco2-edge-images-preview-${preview}`);
    for (let photo = 0; photo < 5; photo++) bucket?.add(`photos/${photo}`);
    cloudflare.account.queues.set(`scan-new-preview-${preview}`, {
      id: id(),
      consumers: new Map(),
    });
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    // Then the Worker is gone, and five of its queues.
    let queues = 0;
    cloudflare.after = ({ route }) => {
      if (!/^DELETE .queues.\w+$/.test(route) || ++queues < 5) return undefined;
      resolve();
      return Promise.withResolvers<never>().promise;
    };
    const args = [preview, "--yes"];
    const child = await startDeployCommand(cloudflare, "remove-preview", args, {});
    const ended = once(child, "close");
    await Promise.race([reached, ended]);
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await ended;
    expect(cloudflare.account.workers.has(`eco2-edge-preview-${preview}`)).toBe(false);
    expect(ownNames(cloudflare.account)).toContain("user-characters-preview-pr-42");

    // Answers that are lost are asked for again.
    let answers = 0;
    cloudflare.after = ({ route }) =>
      route.startsWith("DELETE") && answers++ % 7 === 0 ? { status: 502, raw: "bad" } : undefined;
    const { code, output } = await runDeployCommand(cloudflare, "remove-preview", args, {});
    expect(output).toContain(
      `? scan-new-preview-${preview} is not of this wrangler.toml and stays`,
    );
    expect(output).toContain("Nothing else of it is left.");
    expect(code).toBe(0);
    expect(ownNames(cloudflare.account)).toEqual([`scan-new-preview-${preview}`]);
    expect(others(cloudflare.account)).toBe(before);

    cloudflare.after = () => undefined;
    const again = await runDeployCommand(cloudflare, "remove-preview", args, {});
    expect(again).toMatchObject({
      code: 0,
      output: expect.stringContaining("of it exists"),
    });
    expect(others(cloudflare.account)).toBe(before);
  });

  it("says which object a bucket cannot be emptied of", async () => {
    const api = cloudflareApi(credentialsFrom(await environment(cloudflare, {})));
    const there = { result: [{ key: "a/1" }] };
    const locked = { errors: [{ code: 10_066, message: "The object is locked." }] };
    cloudflare.nextAnswers.push(there, locked, there);
    await expect(emptyBucket(api, "kept")).rejects.toThrow(
      /^The bucket kept cannot be emptied of a\/1: .*The object is locked/,
    );
  });
});

describe("the names of a preview", () => {
  it.each([
    "",
    "PR-42",
    "pr_42",
    "-pr",
    "pr-",
    "pr--42",
    "pr/42",
    "..",
    "pr-42\n",
    "preview",
    "x-preview-pr-42",
    "a".repeat(31),
  ])("refuses %j", (name) => {
    expect(() => parsePreviewName(name)).toThrow("A preview's name has 1 to 30 lowercase letters");
  });

  it("keeps to the lengths and characters that Cloudflare allows, with the longest name, too", async () => {
    const longest = parsePreviewName("a".repeat(30));
    const configuration = previewConfiguration(await readConfiguration("wrangler.toml"), longest);
    const names = [
      configuration.name,
      ...queueNamesOf(WranglerToml.parse(configuration)),
      ...configuration.d1_databases.map((it) => it.database_name),
      ...configuration.r2_buckets.map((it) => it.bucket_name),
    ];
    expect(names).toHaveLength(24);
    for (const name of names) expect(name).toMatch(/^[a-z\d][a-z\d-]{1,61}[a-z\d]$/);
    // Beside the Worker's name, the address of a version has eight digits and a hyphen in the same label.
    expect(configuration.name.length + 9).toBeLessThanOrEqual(63);
    for (const { dataset } of configuration.analytics_engine_datasets) {
      expect(dataset).toMatch(/^[a-z]\w+$/);
    }
  });

  it("takes over no id of a store, no route, and no section that could bind what is production's", async () => {
    const configuration = await readConfiguration("wrangler.toml");
    const routed = {
      ...configuration,
      workers_dev: false,
      routes: [{ pattern: "scan.example.com", custom_domain: true }],
      kv_namespaces: [{ binding: "REGULATIONS", id: "production" }],
      d1_databases: configuration.d1_databases.map((it) => ({ ...it, database_id: "production" })),
    };
    const own = previewConfiguration(routed, preview);
    expect(own).toMatchObject({ workers_dev: true, kv_namespaces: [{ binding: "REGULATIONS" }] });
    expect(JSON.stringify(own)).not.toMatch(/production|scan\.example\.com/);
    const services = [{ binding: "OTHER", service: "other" }];
    expect(() => previewConfiguration({ ...configuration, services }, preview)).toThrow(
      "wrangler.toml has services",
    );
    const bindings = [{ name: "JOBS", class_name: "ScanJob", script_name: "eco2-edge" }];
    expect(() =>
      previewConfiguration({ ...configuration, durable_objects: { bindings } }, preview),
    ).toThrow("JOBS of another Worker");
    expect(() => previewConfiguration(own, "pr-1")).toThrow("is no name for a preview");
  });

  it("gives each preview rate limits of its own", async () => {
    const configuration = await readConfiguration("wrangler.toml");
    const ids = ["pr-4", "pr-42", "pr-43"].flatMap((name) =>
      previewConfiguration(configuration, name).ratelimits.map((it) => it.namespace_id),
    );
    expect(new Set(ids).size).toBe(9);
    for (const it of ids) expect(Number(it)).toBeLessThan(2 ** 31);
    expect(ids).not.toContain(configuration.ratelimits[0]?.namespace_id);
  });
});

describe("the commands of a preview", () => {
  it("print its plan without a token, and never take an empty name for production", async () => {
    await using cloudflare = await startCloudflare();
    const noToken = { CLOUDFLARE_API_TOKEN: "" };
    const run = (command: DeployCommand, args: string[], given?: Record<string, string>) =>
      runDeployCommand(cloudflare, command, args, given);
    const [plan, ...refused] = await Promise.all([
      run("provision", ["--preview", preview, "--json"], noToken),
      run("provision", ["--preview", "", "--yes"]),
      run("deploy", ["--preview=", "--yes"]),
      run("remove-preview", ["", "--yes"]),
      run("remove-preview", ["--yes"]),
      run("remove-preview", ["pr-1", "pr-2", "--yes"]),
      run("remove-preview", ["eco2-edge-preview-pr-42", "--yes"]),
    ]);
    expect(plan.code).toBe(exitCodes.access);
    expect(plan.output).toContain("An empty account, Worker eco2-edge-preview-pr-42");
    expect(plan.output).toContain(
      "+ queue scan-vision-preview-pr-42 (SCAN_VISION, SCAN_VISION_BULK)",
    );
    expect(JSON.parse(plan.stdout)).toMatchObject({ account_id: null, errors: [] });
    for (const { code } of refused) expect(code).toBe(exitCodes.usage);
    expect(cloudflare.calls).toEqual([]);
  });
});

/** Serves what a deploy has built, by the configuration that it was deployed with, in workerd. */
async function serveGenerated(file: string, account: FakeAccount) {
  // Workers AI and Cloudflare Images have no local simulation.
  const {
    ai: _,
    images: __,
    ...local
  } = z.looseObject({ name: z.string() }).parse(JSON.parse(await readFile(file, "utf8")));
  const localFile = join(dirname(file), "local.json");
  await writeFile(localFile, JSON.stringify(local));
  const { workerOptions } = unstable_getMiniflareWorkerOptions(localFile);
  const { name } = local;
  const secrets = account.workers.get(name)?.bindings.filter(({ type }) => type === "secret_text");
  const folder = join(dirname(file), "worker");
  const wasm = (await readdir(folder)).filter((it) => it.endsWith(".wasm"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      cf: false,
      workers: [
        {
          ...workerOptions,
          name,
          modules: [
            {
              type: "ESModule",
              path: "index.js",
              contents: await readFile(join(folder, "index.js"), "utf8"),
            },
            ...(await Promise.all(
              wasm.map(async (path) => ({
                type: "CompiledWasm" as const,
                path,
                contents: await readFile(join(folder, path)),
              })),
            )),
          ],
          bindings: {
            ...z.record(z.string(), z.json()).parse(workerOptions["bindings"]),
            ...Object.fromEntries(secrets?.map((it) => [it.name, it.text ?? ""]) ?? []),
          },
        },
      ],
    }),
  );
  const url = await miniflare.ready;
  const regulations = await miniflare.getKVNamespace("REGULATIONS", name);
  const { entries, pointer } = await publicationOfFiles();
  for (const { key, value } of [...entries, pointer]) await regulations.put(key, value);
  const database = await miniflare.getD1Database("DB", name);
  await migrateLocally(database, "migrations");
  return {
    url: url.origin,
    sendTo: async (binding: string, body: unknown) =>
      (await miniflare.getQueueProducer(binding, name)).send(body),
    async deadLetters() {
      const { results } = await database
        .prepare("SELECT source, error_code AS code FROM dead_letters")
        .all();
      return results;
    },
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}
