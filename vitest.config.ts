import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { newVapidPrivateKey, vapidPublicKeyOf } from "./scripts/start/vapid-keys.ts";
import { useRunFolder } from "./test/node/run-folder.ts";
import type { ChaosOptions } from "./test/provided.d.ts";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const vapidKey = newVapidPrivateKey();

interface InWorkerd {
  name: string;
  /** The Worker that they run beside. */
  main: string;
  /** Whether each file has stores of its own. Starting workerd takes longer than most files. */
  isolate: boolean;
  include: string[];
  /** Whether the runtime logs exceptions that nobody catches, as those of objects that a test lets die. */
  verbose?: boolean;
}

/** Tests that run in workerd on real bindings. */
function inWorkerd({ name, main, isolate, include, verbose = true }: InWorkerd) {
  return {
    plugins: [
      cloudflareTest(async () => ({
        main,
        verbose,
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            AUTH_MODE: "dev",
            OPENAI_API_KEY: "",
            SIGNING_SECRET: "a secret of the tests' own, of 32 bytes or more",
            VAPID_PUBLIC_KEY: vapidPublicKeyOf(vapidKey),
            VAPID_PRIVATE_KEY: vapidKey,
            VAPID_SUBJECT: "mailto:operator@example.com",
            MIGRATIONS: await readD1Migrations("migrations"),
          },
        },
      })),
    ],
    test: {
      name,
      include,
      isolate,
      provide: { chaos: chaosOptions() },
      setupFiles: ["test/setup.ts"],
      globalSetup: ["test/node/global-setup.ts"],
      // Cores are shared with others: what is too slow shows in the benchmark, not in a test.
      testTimeout: 90_000,
      hookTimeout: 60_000,
      deps: {
        optimizer: {
          ssr: {
            enabled: true,
            include: [
              "openai",
              "openai/error",
              "openai/helpers/zod",
              "zod",
              "@hono/zod-openapi",
              "hono",
              "hono/body-limit",
              "hono/client",
              "hono/cookie",
              "hono/cors",
              "hono/etag",
              "hono/factory",
              "hono/http-exception",
              "hono/utils/buffer",
              "hono/utils/cookie",
              "jose",
              "jsonriver",
              "smol-toml",
              "standardwebhooks",
              "tlds",
              "@cfworker/json-schema",
              "itty-durable",
              "itty-router",
            ],
          },
        },
      },
    },
  } satisfies TestProjectInlineConfiguration;
}

/** What `npm run chaos` asks for; null for the short form of the tests. */
function chaosOptions(): ChaosOptions | null {
  const text = process.env["CHAOS"];
  if (text === undefined) return null;
  const [schedules = 0, seed = 0, minutes = 0] = text.split(" ").map(Number);
  return { schedules, seed, minutes };
}

useRunFolder();

export default defineConfig({
  test: {
    // One more than there are cores in CI: servers that wait for their leases need none.
    maxWorkers: 3,
    silent: "passed-only",
    projects: [
      inWorkerd({
        name: "unit",
        main: "src/index.ts",
        isolate: false,
        // All but those of the other projects, so that a new folder is not left out.
        include: ["test/!(chaos|dead-letters|durable-objects|queues|e2e)/**/*.test.ts"],
      }),
      inWorkerd({
        name: "steps",
        main: "test/support/captured-queues-worker.ts",
        isolate: true,
        include: ["test/{dead-letters,durable-objects,queues}/**/*.test.ts"],
      }),
      inWorkerd({
        name: "chaos",
        main: "test/chaos/chaos-worker.ts",
        isolate: true,
        include: ["test/chaos/**/*.test.ts"],
        verbose: false,
      }),
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/global-setup.ts"],
          // For a test that hangs. One that is slow waits for cores.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // A page that shares its core shows a change late.
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
