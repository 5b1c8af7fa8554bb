import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import {
  convertV4MiniflareOptions,
  fetch as miniflareFetch,
  Miniflare,
  type Request as MiniflareRequest,
} from "miniflare";
import { type Browser, type Page } from "playwright-core";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import {
  createClient,
  type Frame,
  reduce,
  outputOf,
  initialView,
} from "../../client/src/eco2-edge-client.ts";
import { problemMessages } from "../../client/src/ko.ts";
import { failureCodes } from "../../src/pipeline/failure-codes.ts";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { installClient, type Consumer } from "./install-client.ts";
import { recipe, recipeHeadings } from "./recipes.ts";
import { type BreakingProxy, startBreakingProxy } from "./breaking-proxy.ts";
import { makeSocketsThrow } from "./page-scripts.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { freePort, type Server, startServer } from "./start-server.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

const workersTypes = ["@cloudflare/workers-types"];

/** Bytes of the body after which each connection breaks, in the middle of a frame. */
const earlyBreaks = [310, 700, 1_310, 230, 1_900];
/** The same, with the first break while the answer is generated. */
const lateBreaks = [6_300, 700, 300, 900, 1_100];
const transports = ["websocket", "sse"] as const;
const streamOf = { websocket: "/ws?", sse: "/events?" };

const typedUse = `
import { type ApiError, createClient, type Frame, outputOf } from "eco2-edge-client";
const client = createClient({ baseUrl: "http://localhost:8787", token: async () => "t" });
export async function middleOf(words: string, photo: Blob): Promise<string | undefined> {
  const frames: Frame[] = [];
  for await (const frame of client.scan({ userInput: words, image: photo })) frames.push(frame);
  const last = frames.at(-1);
  const result = last && outputOf(last, "done");
  return result?.pipeline_result?.classification_result.classification.middle_category;
}
export const why = (error: ApiError): string => \`\${error.status} \${error.code ?? ""}\`;
export const items = client.historyAll({ category: "종이" });
// @ts-expect-error There is no such category.
export const none = client.history({ category: "우주쓰레기" });
// @ts-expect-error Nor such a member: the types are the server's.
export const nothing = client.me().then((profile) => profile.shoe_size);
`;

const commonUse = `
import client = require("eco2-edge-client");
import ko = require("eco2-edge-client/ko");
const eco2 = client.createClient({ baseUrl: "http://localhost:8787" });
export = { eco2, words: ko.failureMessage("MODEL_REFUSED") };
`;

const requiring = `
const { createClient } = require("eco2-edge-client");
const { failureMessage } = require("eco2-edge-client/ko");
const client = createClient({ baseUrl: process.env.ECO2_URL, userId: "me" });
client.models().then((models) => console.log(models.default, failureMessage("NOT_RECOGNISED")));
`;

const webhookSecret = `whsec_${Buffer.from("the secret of a receiver, 32 bytes").toString("base64")}`;

const reactUse = `
import { createClient } from "eco2-edge-client";
import { useScan } from "eco2-edge-client/react";
const client = createClient();
export function useReward(jobId: string): string | undefined {
  const { view, submit, confirm, cancel } = useScan(client, jobId);
  const [first] = view.certainty?.candidates ?? [];
  if (first) void confirm({ middleCategory: first.classification.middle_category });
  void [submit, cancel];
  return view.result?.reward?.name;
}
`;

const html = (script: string) =>
  `<!doctype html><div id="root"></div><script type="module">${script.replaceAll("</", "<\\/")}</script>`;

const events = (frames: Frame[]) => frames.filter((frame) => frame.status !== "delta");

// If a message is lost on a busy machine, the watchdog recovers the job a lease later.
const timeoutMs = 150_000;

const Manifest = z.looseObject({
  version: z.string(),
  engines: z.looseObject({ node: z.string() }),
  repository: z.unknown(),
});

const arrayBuffer = async (path: string): Promise<ArrayBuffer> =>
  new Uint8Array(await readFile(path)).buffer;

describe("the client package", { timeout: timeoutMs + 30_000 }, () => {
  let model: ModelServer;
  let server: Server;
  let consumer: Consumer;
  let browser: Browser | undefined;

  beforeAll(async () => {
    const remote = "https://user:secret@git.example/acme/eco2-edge.git";
    const configured = { COUNT: "1", KEY_0: "remote.origin.url", VALUE_0: remote };
    for (const [name, value] of Object.entries(configured)) vi.stubEnv(`GIT_CONFIG_${name}`, value);
    model = await startModelServer();
    [server, consumer, browser] = await Promise.all([
      startServer({
        env: {
          WEBHOOK_SECRETS: webhookSecret,
          DEFAULT_MODEL: "offline",
          OPENAI_API_KEY: "sk-test",
          OPENAI_BASE_URL: model.baseURL,
        },
      }),
      installClient({
        "use.ts": typedUse,
        "use-react.ts": reactUse,
        "use.cts": commonUse,
        "require.cjs": requiring,
        "recipe.tsx": recipe("A React component", "tsx"),
        "recipe.html": recipe("A plain page", "html"),
        "worker.ts": recipe("A Worker behind a service binding", "ts"),
        "receiver.ts": recipe("A webhook receiver", "ts"),
      }),
      browserless
        ? undefined
        : // Chromium blocks sockets to this machine from the test's own pages otherwise.
          launchBrowser("--disable-features=LocalNetworkAccessChecks"),
    ]);
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await browser?.close();
    await server?.stop();
    await model?.close();
    await consumer?.remove();
  });

  const readJson = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(consumer.at(`node_modules/eco2-edge-client/${path}`), "utf8"));

  /** The events of a scan, from the server itself. */
  async function framesWithoutProxy(proxy: BreakingProxy): Promise<Frame[]> {
    const jobId = /\/scan\/([^/]+)\//.exec(proxy.streams[0] ?? "")?.[1] ?? "";
    const frames: Frame[] = [];
    const direct = createClient({ baseUrl: server.url, userId: "me" });
    for await (const frame of direct.follow({ jobId })) frames.push(frame);
    return frames;
  }

  /** The output of the example for these frames. */
  function outputOfExample(frames: Frame[]): string[] {
    const last = frames.at(-1);
    const result = last && outputOf(last, "done");
    const steps = Object.entries(result?.pipeline_result?.final_answer.disposal_steps ?? {});
    return [
      ...frames.map(({ progress, stage, status }) => `${progress} % ${stage} ${status}`),
      ...steps.map(([name, step]) => `${name}: ${step}`),
      `${result?.reward?.name}: ${result?.reward?.dialog}`,
    ];
  }

  /** Expects five breaks, and the same output as without them. */
  async function expectComplete(
    lines: string[],
    proxy: BreakingProxy,
    transport: keyof typeof streamOf,
  ): Promise<void> {
    expect(proxy.breaks()).toBe(5);
    const followed = proxy.streams.filter((path) => path.includes(streamOf[transport]));
    expect(followed.length).toBeGreaterThanOrEqual(6);
    expect(lines).toEqual(outputOfExample(await framesWithoutProxy(proxy)));
  }

  it("has an example of at most 20 lines, which its documentation quotes", async () => {
    const example = await readFile(join(root, "client/example.ts"), "utf8");
    const documentation = await readFile(join(root, "docs/client.md"), "utf8");
    expect(example.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
    expect(documentation).toContain(`\`\`\`ts\n${example}\`\`\``);
  });

  it("has a page for each code, which is the type of a problem", async () => {
    const refused = await fetch(`${server.url}/api/v1/nowhere`);
    expect(await refused.json()).toMatchObject({ type: "/problems/NOT_FOUND" });
    const paths = [
      ...Object.keys(problemMessages).map((code) => `/problems/${code}`),
      ...failureCodes.map((code) => `/failures/${code}`),
    ];
    expect(paths.length).toBeGreaterThan(70);
    for (const path of paths) {
      const page = await fetch(new URL(path, server.url), { redirect: "error" });
      expect(page.status, path).toBe(200);
      expect(await page.text(), path).toContain(`<code>${path.split("/").at(-1)}</code></h1>`);
    }
    for (const [list, code] of [
      ["/problems", "RATE_LIMITED"],
      ["/failures", "MODEL_REFUSED"],
    ] as const) {
      const page = await fetch(new URL(list, server.url), { redirect: "error" });
      expect(await page.text()).toContain(`<a href="${list}/${code}">`);
    }
  });

  it.concurrent.each([
    ["Node", { module: "nodenext", lib: ["esnext"], types: ["node"] }, ["use.ts", "example.ts"]],
    ["CommonJS", { module: "nodenext", lib: ["esnext"], types: ["node"] }, ["use.cts"]],
    [
      "a bundler",
      { module: "preserve", lib: ["esnext", "dom"], types: [], jsx: "react-jsx" },
      ["use.ts", "use-react.ts", "recipe.tsx"],
    ],
    [
      "a Worker",
      { module: "preserve", lib: ["esnext"], types: workersTypes },
      ["use.ts", "worker.ts"],
    ],
    ["a receiver", { module: "nodenext", lib: ["esnext"], types: ["node"] }, ["receiver.ts"]],
  ])("compiles in the strictest project for %s without the server's sources", async (...given) => {
    const [, settings, files] = given;
    await consumer.compile(settings, files);
  });

  it("is packed whole, and without what a linter of packages finds", async () => {
    const { stdout } = await run("tar", ["-tzf", consumer.tarball]);
    const files = stdout.trim().split("\n");
    const named = [
      "README.md",
      "CHANGELOG.md",
      "LICENSE",
      "ko.js",
      "ko.d.ts",
      "react.js",
      "react.d.ts",
    ];
    expect(files).toEqual(expect.arrayContaining(named.map((name) => `package/${name}`)));
    const { messages } = await publint({
      pack: { tarball: await arrayBuffer(consumer.tarball) },
      strict: true,
    });
    expect(messages).toEqual([]);
    for (const script of files.filter((name) => name.endsWith(".js"))) {
      const path = consumer.at(`node_modules/eco2-edge-client/${script.replace("package/", "")}`);
      expect(await readFile(path, "utf8")).toMatch(/^\/\/# sourceMappingURL=(.+)$/m);
      const map: unknown = JSON.parse(await readFile(`${path}.map`, "utf8"));
      expect(map).toMatchObject({ sourcesContent: expect.any(Array) });
    }
    const changelog = await readFile(
      consumer.at("node_modules/eco2-edge-client/CHANGELOG.md"),
      "utf8",
    );
    const { version, engines, repository } = Manifest.parse(await readJson("package.json"));
    expect(changelog).toContain(`## ${version}\n`);
    const { engines: needed } = Manifest.parse(
      await readJson("../eventsource-parser/package.json"),
    );
    expect(engines).toEqual(needed);
    expect(repository).toEqual({
      type: "git",
      url: "https://git.example/acme/eco2-edge.git",
      directory: "client",
    });
  });

  it("is loaded by require in CommonJS", async () => {
    const { stdout, stderr } = await run(process.execPath, [consumer.at("require.cjs")], {
      env: { ...process.env, ECO2_URL: server.url },
    });
    expect(stdout).toBe("offline 무엇인지 알아보지 못했어요.\n");
    expect(stderr).toBe("");
  });

  it.concurrent.each(transports)(
    "runs its example in Node when %s breaks five times",
    async (transport) => {
      const proxy = await startBreakingProxy(server.url, earlyBreaks);
      const flags = transport === "sse" ? ["--no-experimental-websocket"] : [];
      const { stdout } = await run(process.execPath, [...flags, consumer.at("example.ts")], {
        env: { ...process.env, ECO2_URL: proxy.url },
      });
      proxy.close();
      await expectComplete(stdout.trimEnd().split("\n"), proxy, transport);
    },
  );

  it.concurrent.each(transports)(
    "yields every event of a running scan once when %s breaks five times",
    async (transport) => {
      const proxy = await startBreakingProxy(server.url, lateBreaks);
      const userInput = `생수병 [answer:slow] {${crypto.randomUUID()}}`;
      const client = createClient({ baseUrl: proxy.url, userId: "me" });
      const frames: Frame[] = [];
      let view = initialView;
      let partialText = "";
      for await (const frame of client.scan({ userInput, model: "gpt-5.2" }, { transport })) {
        frames.push(frame);
        view = reduce(view, { type: "frame", frame });
        partialText = view.partialText || partialText;
      }
      proxy.close();
      expect(proxy.breaks()).toBe(5);
      expect(proxy.streams.every((path) => path.includes(streamOf[transport]))).toBe(true);
      expect(events(frames)).toEqual(await framesWithoutProxy(proxy));
      // Partial text continues across each break.
      expect(partialText.length).toBeGreaterThan(5);
      expect(view.answer?.user_answer.startsWith(partialText)).toBe(true);
    },
  );

  const inBrowser = it.skipIf(browserless).concurrent;

  /** A page that runs a script at the path `/client` of an origin. */
  async function pageOf(origin: string, script: string): Promise<Page> {
    if (!browser) throw new Error("There is no browser");
    const page = await (await browser.newContext({ baseURL: origin })).newPage();
    page.setDefaultTimeout(timeoutMs);
    await page.route(/\/client(\?|$)/, (route) =>
      route.fulfill({ contentType: "text/html; charset=utf-8", body: html(script) }),
    );
    return page;
  }

  inBrowser.each(transports)(
    "runs its example in a page when %s breaks five times",
    async (transport) => {
      const script = await consumer.bundle(consumer.at("example.ts"));
      const proxy = await startBreakingProxy(server.url, earlyBreaks);
      const page = await pageOf(proxy.url, `${script}\nconsole.log("ended");`);
      if (transport === "sse") await page.addInitScript(makeSocketsThrow);
      const lines: string[] = [];
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      page.on("console", (message) => {
        if (message.text() === "ended") resolve();
        else if (message.type() === "log") lines.push(message.text());
      });
      await page.goto("/client");
      await ended;
      await page.context().close();
      proxy.close();
      await expectComplete(lines, proxy, transport);
    },
  );

  it("has a recipe for each place that a client runs in", () => {
    expect(recipeHeadings).toEqual([
      "A React component",
      "A plain page",
      "A Worker behind a service binding",
      "A webhook receiver",
      "What a deployed server logs",
    ]);
  });

  inBrowser("runs the recipe of a plain page, as Vite builds it", async () => {
    const outDir = await consumer.site("recipe.html");
    const page = await pageOf(server.url, "");
    await page.route(/\/client(\?|$)/, (route) =>
      route.fulfill({ contentType: "text/html; charset=utf-8", path: join(outDir, "recipe.html") }),
    );
    await page.route(/\/assets\/recipe-[^/]+$/, (route) =>
      route.fulfill({ path: join(outDir, new URL(route.request().url()).pathname) }),
    );
    await page.setExtraHTTPHeaders({ "x-user-id": "me" });
    await page.goto("/client");
    await page.locator("#scan").click();
    await page.locator("#answer", { hasText: /./ }).waitFor();
    await page.locator("progress[value='100']").waitFor();
    await page.context().close();
  });

  it.concurrent("runs the recipe of a Worker behind a service binding", async () => {
    const { host } = new URL(server.url);
    /** Stands for the bound Worker: the local server, whatever the host of the request. */
    const eco2 = (request: MiniflareRequest) => {
      const url = Object.assign(new URL(request.url), { protocol: "http:", host });
      const { method, headers, body } = request;
      const sent = { ...Object.fromEntries(headers), "x-user-id": "me" };
      return miniflareFetch(url, { method, headers: sent, body, ...(body && { duplex: "half" }) });
    };
    const contents = await consumer.bundle(consumer.at("worker.ts"));
    const worker = new Miniflare(
      convertV4MiniflareOptions({
        workers: [
          {
            name: "my-worker",
            modules: [{ type: "ESModule", path: "index.js", contents }],
            compatibilityDate: "2026-10-01",
            serviceBindings: { ECO2: eco2 },
          },
        ],
      }),
    );
    try {
      const scan = (body: string) =>
        worker.dispatchFetch("http://worker/", { method: "POST", body });
      expect(await (await scan("라벨 붙은 투명 페트병")).json()).toMatchObject({
        classification: { middle_category: "무색페트병" },
      });
      const refused = await scan("가".repeat(1_001));
      expect(refused.status).toBe(502);
      expect(await refused.json()).toMatchObject({ code: "VALIDATION_ERROR" });
    } finally {
      await worker.dispose();
    }
  });

  it.concurrent("runs the recipe of a webhook receiver, which takes signed webhooks alone", async () => {
    const port = await freePort();
    const receiver = spawn(process.execPath, [consumer.at("receiver.ts")], {
      env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: webhookSecret },
    });
    const lines = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]();
    try {
      const callbackUrl = `http://127.0.0.1:${port}/hooks`;
      const client = createClient({ baseUrl: server.url, userId: "me" });
      const answered = () =>
        fetch(callbackUrl, { method: "POST", body: "{}" }).then(
          ({ status }) => status,
          () => 0,
        );
      await expect.poll(answered, { timeout: timeoutMs }).toBe(401);
      const { jobId } = await client.submit({ userInput: "라벨 붙은 투명 페트병", callbackUrl });
      expect((await lines.next()).value).toBe(`scan.completed ${jobId}`);
    } finally {
      receiver.kill();
    }
  });

  it.concurrent("names options of wrangler tail that there are", async () => {
    const commands = recipe("What a deployed server logs", "sh");
    const { stdout: usage } = await run(join(root, "node_modules/.bin/wrangler"), [
      "tail",
      "--help",
    ]);
    for (const [flag] of commands.split("|")[0]?.matchAll(/--[a-z]+/g) ?? []) {
      expect(usage).toContain(flag);
    }
    const filter = /jq .*'(.+)'/.exec(commands)?.[1] ?? "";
    const line = JSON.stringify({ event: "scan.ended", job: "a", status: "completed", more: 1 });
    const tailed = JSON.stringify({ logs: [{ message: [line] }, { message: ["no JSON"] }] });
    const jq = execFile("jq", ["-c", filter]);
    jq.stdin?.end(tailed);
    expect(JSON.parse(await text(jq.stdout ?? Readable.from([])))).toEqual({
      job: "a",
      status: "completed",
      category: null,
      duration_ms: null,
    });
  });

  const reactApp = () =>
    consumer.bundle(join(root, "test/e2e/client-react-app.ts"), {
      mode: "development",
      define: { "process.env.NODE_ENV": '"development"' },
      resolve: {
        dedupe: ["react", "react-dom"],
        // The package as it is installed.
        alias: [
          {
            find: /^.*\/client\/src\/(index|react)\.ts$/,
            replacement: consumer.at("node_modules/eco2-edge-client/$1.js"),
          },
        ],
      },
    });

  inBrowser(
    "shows a scan in a React component once, strict mode and new objects notwithstanding",
    async () => {
      const user = `react-${crypto.randomUUID()}`;
      const words = encodeURIComponent("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
      const page = await pageOf(server.url, await reactApp());
      const keys: (string | undefined)[] = [];
      page.on("request", (request) => {
        if (request.method() === "POST") keys.push(request.headers()["idempotency-key"]);
      });
      const jobs = new Set<string | undefined>();
      page.on("websocket", (socket) => jobs.add(new URL(socket.url()).pathname));
      await page.goto(`/client?user=${user}&words=${words}`);
      await page.locator("#phase", { hasText: "ended" }).waitFor();
      expect(await page.locator("#progress").textContent()).toBe("100");
      expect(await page.locator("#reward").textContent()).toBe("페티");
      await page.locator("#render").click();
      await page.locator("#render", { hasText: "again (1)" }).waitFor();
      expect(await page.locator("#reward").textContent()).toBe("페티");
      // Strict mode mounts twice, but submits under one key.
      expect(new Set(keys).size).toBe(1);
      expect(jobs.size).toBe(1);
      await page.context().close();
    },
  );

  inBrowser("submits and cancels from a React component by buttons", async () => {
    const user = `react-${crypto.randomUUID()}`;
    const words = encodeURIComponent(`생수병 [answer:slow] {${crypto.randomUUID()}}`);
    const page = await pageOf(server.url, await reactApp());
    await page.goto(`/client?user=${user}&words=${words}#click`);
    expect(await page.locator("#phase").textContent()).toBe("idle");
    await page.locator("#submit").click();
    await page.locator("#partial-text", { hasText: /./ }).waitFor();
    await page.locator("#cancel").click();
    await page.locator("#status", { hasText: "cancelled" }).waitFor();
    expect(await page.locator("#phase").textContent()).toBe("ended");
    await page.context().close();
  });
});
