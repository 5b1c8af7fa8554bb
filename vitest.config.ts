import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { stages, queueName } from "./src/pipeline/stages/index.ts";

type QueueConsumers = Record<string, { maxBatchSize: number; maxBatchTimeout: number }>;

/** Tests that run in workerd on real bindings; `queueConsumers` replaces wrangler.toml's. */
function inWorkerd(name: string, include: string[], queueConsumers: QueueConsumers = {}) {
  return {
    plugins: [
      cloudflareTest(async () => ({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            AUTH_MODE: "dev",
            OPENAI_API_KEY: "",
            MIGRATIONS: await readD1Migrations("migrations"),
          },
          queueConsumers,
        },
      })),
    ],
    test: {
      name,
      include,
      setupFiles: ["test/setup.ts"],
      globalSetup: ["test/node/global-setup.ts"],
      // Cores are shared with others: what is too slow is told by the benchmark, not by a test.
      testTimeout: 30_000,
      deps: {
        optimizer: {
          ssr: {
            enabled: true,
            include: ["openai", "openai/error", "openai/helpers/zod", "zod", "hono"],
          },
        },
      },
    },
  } satisfies TestProjectInlineConfiguration;
}

/** Messages that are sent stay in their queue, so that a test is the only consumer. */
const held: QueueConsumers = Object.fromEntries(
  stages.map(({ name }) => [queueName(name), { maxBatchSize: 100, maxBatchTimeout: 60 }]),
);

export default defineConfig({
  test: {
    silent: "passed-only",
    projects: [
      inWorkerd("unit", ["test/{pipeline,models,regulations,api,characters}/**/*.test.ts"]),
      inWorkerd("steps", ["test/{durable-objects,queues}/**/*.test.ts"], held),
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // Each file has a server of its own, and there are few cores.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
