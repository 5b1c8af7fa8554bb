import { tmpdir } from "node:os";
import { buildWorker } from "../scripts/wrangler.ts";
import { appendOnly, inMemory, serveBullMQ } from "./bullmq-server.ts";
import type { Scenario } from "./measure-load.ts";
import { atOnce, slowly } from "./scenarios.ts";
import { serve, type Served, type ServeOptions, start, tmpfs, withCleanup } from "./servers.ts";

/** A system that can be measured. */
export interface Candidate {
  system: string;
  scenarios: readonly Scenario[];
  /** Serves it with a model of a latency. Null, and a sentence, where it cannot run. */
  serve: (latencyMs: number) => Promise<Served | null>;
  /** Whether an ended scan's stream is replayed. */
  replays?: boolean;
}

const modelOf = (latencyMs: number) => start("bench-model.ts", { LATENCY_MS: String(latencyMs) });

/** What `serveWith` serves with a model over HTTP. */
async function overHttp(
  latencyMs: number,
  serveWith: (modelUrl: string) => Promise<Served | null>,
): Promise<Served | null> {
  const model = await modelOf(latencyMs);
  const server = await serveWith(model.url);
  if (!server) await model[Symbol.asyncDispose]();
  return server && withCleanup(server, () => model[Symbol.asyncDispose]());
}

const bundles = {
  bare: () => buildWorker("bench/bare/bare-worker.ts", "dist/bare"),
  workflow: () => buildWorker("bench/workflow/workflow-worker.ts", "dist/workflow"),
  workflowAlone: () => buildWorker("bench/workflow/workflow-alone-worker.ts", "dist/workflow"),
};
const workflow = "ScanWorkflow";

/** In memory where there is such a folder: the systems that are compared are all there, or none. */
async function inTmpfs(options: ServeOptions): Promise<Served | null> {
  if (tmpfs) return serve(tmpfs, options);
  console.error("There is no /dev/shm.");
  return null;
}

const workflowOptions = async (modelUrl = ""): Promise<ServeOptions> => ({
  modelUrl,
  workflow,
  worker: await bundles.workflow(),
});

async function answers(url: string, system: string): Promise<Served | null> {
  if (await fetch(url).then(Boolean, () => false)) {
    return { url, pid: 0, async [Symbol.asyncDispose]() {} };
  }
  console.error(`${system} does not run at ${url}.`);
  return null;
}

/** Where Celery looks for its model. */
const celeryModelPort = "9199";

async function serveCelery(latencyMs: number): Promise<Served | null> {
  const server = await answers("http://127.0.0.1:8901", "Celery");
  if (!server) return null;
  const env = { LATENCY_MS: String(latencyMs), PORT: celeryModelPort };
  const model = await start("baseline-model.ts", env);
  return withCleanup(server, () => model[Symbol.asyncDispose]());
}

/** By the name that `--systems` takes. The first is what the others are compared with. */
export const candidates: Readonly<Record<string, Candidate>> = {
  ours: {
    system: "Eco² Edge, tmpfs, offline model",
    scenarios: atOnce,
    serve: () => inTmpfs({}),
    replays: true,
  },
  bare: {
    system: "workerd alone, tmpfs",
    scenarios: atOnce,
    serve: async () => inTmpfs({ worker: await bundles.bare() }),
  },
  workflow: {
    system: "Cloudflare Workflow, tmpfs, offline model",
    scenarios: atOnce,
    serve: async () => inTmpfs(await workflowOptions()),
    replays: true,
  },
  "workflow-alone": {
    system: "Cloudflare Workflow alone, tmpfs",
    scenarios: atOnce,
    serve: async () => inTmpfs({ workflow, worker: await bundles.workflowAlone() }),
  },
  bullmq: {
    system: "BullMQ, Redis in memory, offline model",
    scenarios: atOnce,
    serve: () => serveBullMQ(inMemory),
  },
  "bullmq-durable": {
    system: "BullMQ, Redis appendfsync always, tmpfs, offline model",
    scenarios: atOnce,
    serve: async () => tmpfs && serveBullMQ(appendOnly(tmpfs)),
  },
  "ours-disk": {
    system: "Eco² Edge, disk, offline model",
    scenarios: atOnce.slice(0, 2),
    serve: () => serve(tmpdir()),
    replays: true,
  },
  "bullmq-disk": {
    system: "BullMQ, Redis appendfsync always, disk, offline model",
    scenarios: atOnce.slice(0, 2),
    serve: () => serveBullMQ(appendOnly(tmpdir())),
  },
  "ours-http": {
    system: "Eco² Edge, tmpfs, model over HTTP",
    scenarios: [...atOnce, ...slowly],
    serve: (latencyMs) => overHttp(latencyMs, (modelUrl) => inTmpfs({ modelUrl })),
    replays: true,
  },
  "workflow-http": {
    system: "Cloudflare Workflow, tmpfs, model over HTTP",
    scenarios: [...atOnce, ...slowly],
    serve: (latencyMs) =>
      overHttp(latencyMs, async (modelUrl) => inTmpfs(await workflowOptions(modelUrl))),
    replays: true,
  },
  "bullmq-http": {
    system: "BullMQ, Redis appendfsync always, tmpfs, model over HTTP",
    scenarios: [...atOnce, ...slowly],
    serve: (latencyMs) =>
      overHttp(latencyMs, async (url) => tmpfs && serveBullMQ(appendOnly(tmpfs), url)),
  },
  celery: {
    system: "Celery, RabbitMQ, Redis",
    scenarios: [...atOnce, ...slowly],
    serve: serveCelery,
  },
};
