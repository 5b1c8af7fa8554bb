import { defineConfig } from "oxlint";

/** What may not be imported, why, and whether its types may. Patterns are as in a gitignore. */
interface Fence {
  group: string[];
  message: string;
  allowTypeImports?: boolean;
}

const hono: Fence = { group: ["hono", "hono/*", "@hono/*"], message: "Only src/api speaks HTTP." };
const openai: Fence = { group: ["openai", "openai/*"], message: "Only its adapter knows the SDK." };
const itty: Fence = {
  group: ["itty-durable", "itty-router"],
  message: "Only PipelineControl and its typed side know the library.",
};
const upward: Fence = {
  group: ["**/api/**", "**/queues/**", "**/durable-objects/**", "**/objects.ts", "**/adapters.ts"],
  message: "The domain and its adapters do not know who calls them.",
};
const adapters: Fence = {
  group: [
    "**/models/**",
    "**/characters/**",
    "**/images/**",
    "**/regulations/**",
    "**/webhooks/**",
    "**/events/**",
    "**/metrics/**",
    "**/alerts/**",
  ],
  message: "The pipeline runs on ports.",
};
const ports: Fence = { group: ["**/ports.ts"], message: "Types only.", allowTypeImports: true };
const queues: Fence = {
  group: ["**/queues/**"],
  message: "Objects and consumers meet in messages.",
  allowTypeImports: true,
};
const objects: Fence = {
  group: ["**/durable-objects/**"],
  message: "Call objects through src/objects.ts.",
  allowTypeImports: true,
};
const server: Fence = {
  group: ["**/src/**", "!./**", "node:*"],
  message: "The client runs anywhere, and stands alone.",
};
const api: Fence = { group: ["**/api/**"], message: "The API is nobody's dependency." };

function fenced(...patterns: Fence[]) {
  const rule: ["error", { patterns: Fence[] }] = ["error", { patterns }];
  return { "no-restricted-imports": rule };
}

export default defineConfig({
  options: { typeAware: true },
  plugins: ["typescript", "unicorn", "oxc", "import", "promise"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  ignorePatterns: ["dist", "worker-configuration.d.ts", "*.as.ts"],
  rules: {
    "import/no-cycle": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-unsafe-argument": "error",
    "typescript/no-unsafe-call": "error",
    "typescript/no-unsafe-member-access": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/ban-ts-comment": "error",
    // A parallel wait is not always meant: pages, retries and cursors go one after the other.
    "no-await-in-loop": "off",
    // The compiler checks it, and knows when a switch is exhaustive.
    "consistent-return": "off",
    // The cursor of a generator and a fold's accumulator are named for what they hold.
    "no-shadow": "off",
  },
  overrides: [
    // A test's own functions stand beside the tests that use them.
    { files: ["test/**"], rules: { "unicorn/consistent-function-scoping": "off" } },
    { files: ["client/src/**"], rules: fenced(server) },
    { files: ["src/**"], rules: fenced(hono, openai, itty, queues, objects) },
    { files: ["src/api/**"], rules: fenced(openai, itty, queues, objects) },
    { files: ["src/control-client.ts"], rules: fenced(hono, openai, queues, objects) },
    { files: ["src/index.ts"], rules: fenced(hono, openai, itty) },
    { files: ["src/pipeline/**"], rules: fenced(hono, openai, itty, upward, adapters, ports) },
    {
      files: [
        "src/{models,regulations,characters,images,webhooks,events,users,auth,metrics,alerts}/**",
      ],
      rules: fenced(hono, openai, itty, upward),
    },
    { files: ["src/models/openai/**"], rules: fenced(hono, itty, upward) },
    { files: ["durable-objects/**"], rules: fenced(hono, openai, api, adapters, queues) },
    { files: ["queues/**"], rules: fenced(hono, openai, itty, api, objects) },
  ],
});
