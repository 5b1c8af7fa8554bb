/**
 * `npm start`: prepares everything a local server needs, serves it, and says how to use it.
 */
import { randomBytes } from "node:crypto";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, parseEnv, promisify } from "node:util";
import { Cron } from "croner";
import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { publicationOfFiles } from "../regulations/files.ts";
import { publish } from "../regulations/publish.ts";
import { buildPages } from "./pages.ts";
import { withLocalStore } from "./regulation-store.ts";

const run = promisify(execFile);

const { values: options, positionals } = parseArgs({
  // Another entry than wrangler.toml's, such as a test's.
  allowPositionals: true,
  options: {
    port: { type: "string", default: "8787" },
    "persist-to": { type: "string", default: ".wrangler/state" },
  },
});
const { port, "persist-to": persistTo } = options;
const url = `http://localhost:${port}`;

const Configuration = z.object({
  vars: z.record(z.string(), z.string()),
  secrets: z.object({ required: z.array(z.string()) }),
  triggers: z.object({ crons: z.array(z.string()) }),
});

/** Settings and secrets that wrangler.toml names: the environment wins over `.dev.vars`. */
async function settings({
  vars,
  secrets,
}: z.infer<typeof Configuration>): Promise<Record<string, string>> {
  const file = existsSync(".dev.vars") ? parseEnv(await readFile(".dev.vars", "utf8")) : {};
  const names = [...Object.keys(vars), ...secrets.required];
  const given = names.flatMap((name) => {
    const value = process.env[name] ?? file[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    AUTH_MODE: "dev",
    ...Object.fromEntries(secrets.required.map((name) => [name, ""])),
    SIGNING_SECRET: await signingSecret(),
    // Nothing here needs the request's place on Cloudflare's network, which would be fetched.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    ...Object.fromEntries(given),
  };
}

/** Signs addresses for as long as the state lives: made once, and kept beside it. */
async function signingSecret(): Promise<string> {
  const file = join(persistTo, "signing-secret");
  if (!existsSync(file)) {
    await mkdir(persistTo, { recursive: true });
    await writeFile(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  }
  return readFile(file, "utf8");
}

async function prepare() {
  const local = ["--local", "--persist-to", persistTo];
  await Promise.all([
    buildPages(),
    run("wrangler", ["d1", "migrations", "apply", "DB", ...local], {
      env: { ...process.env, CI: "1" },
    }),
  ]);
  const publication = await publicationOfFiles();
  await withLocalStore(persistTo, (store) => publish(store, publication));
}

const Readiness = z.union([
  z.object({ status: z.literal("ok"), model: z.string() }),
  z.object({
    status: z.literal("unavailable"),
    reasons: z.array(z.object({ part: z.string(), reason: z.string() })),
  }),
]);

/** The active model, once the server can serve. Throws with the reasons when it never will. */
async function untilReady(): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/ready`).catch(() => null);
    if (!response) {
      await sleep(200);
      continue;
    }
    const readiness = Readiness.parse(await response.json());
    if (readiness.status === "ok") return readiness.model;
    throw new Error(readiness.reasons.map(({ part, reason }) => `${part}: ${reason}`).join("\n"));
  }
}

/** A local server fires no crons by itself: they are fired on their schedule from here. */
function fireCrons(crons: readonly string[]) {
  for (const cron of crons) {
    const schedule = new Cron(cron, { unref: true, paused: true }, async () => {
      const handler = new URL("/cdn-cgi/handler/scheduled", url);
      handler.searchParams.set("cron", cron);
      // A server that is just being restarted is met at the next time.
      const response = await fetch(handler).catch(() => null);
      if (response && !response.ok) console.error(`The cron ${cron} answered ${response.status}`);
    });
    schedule.resume();
  }
}

function banner(model: string): string {
  const key =
    model === "offline"
      ? "It reads words, not photos. For a model that sees: OPENAI_API_KEY=sk-... npm start"
      : "For the offline model: DEFAULT_MODEL=offline npm start";
  return [
    "",
    `  Eco² Edge is ready    ${url}`,
    `  Active model          ${model}. ${key}`,
    `  Try it                npm run scan -- "라벨 붙은 투명 페트병"${port === "8787" ? "" : ` --url ${url}`}`,
    "",
  ].join("\n");
}

console.log("Preparing: page, database, regulations …");
const configuration = Configuration.parse(parseToml(await readFile("wrangler.toml", "utf8")));
const environment = await settings(configuration);
await prepare();

const script = (name: string) => join(import.meta.dirname, name);
const server = spawn(
  script("end-with-parent.sh"),
  // The empty file keeps wrangler from reading .dev.vars over the environment that was given.
  [
    "wrangler",
    "dev",
    ...positionals,
    "--port",
    port,
    // Whichever is free: servers that look for one of their own at the same time take the same.
    "--inspector-port",
    "0",
    "--persist-to",
    persistTo,
    "--env-file",
    "/dev/null",
  ],
  {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment, MINIFLARE_WORKERD_PATH: script("workerd.sh") },
  },
);
server.on("exit", (code) => process.exit(process.exitCode ?? code ?? 1));
// A signal that only npm got takes the shell between us, and leaves us to notice.
const parent = process.ppid;
setInterval(() => process.ppid === parent || server.kill(), 1_000).unref();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.kill(signal));

try {
  console.log(banner(await untilReady()));
  fireCrons(configuration.triggers.crons);
} catch (error) {
  console.error(`The server is not ready.\n${String(error)}`);
  server.kill();
  process.exitCode = 1;
}
