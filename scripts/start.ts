/**
 * `npm start`: prepares everything a local server needs, serves it, and says how to use it.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { buildPages } from "./pages.ts";
import { readConfiguration } from "./provision/deploy-configuration.ts";
import { closingRoutes } from "./start/closed-routes.ts";
import { keepDevKey, pageAddress } from "./start/dev-key.ts";
import { fireCrons } from "./start/fire-crons.ts";
import { lanAddress, startLanProxy } from "./start/lan-proxy.ts";
import { writeLocalConfiguration } from "./start/local-queues.ts";
import { localSecrets } from "./start/local-secrets.ts";
import { localSettings } from "./start/local-settings.ts";
import { openLogFile } from "./start/log-file.ts";
import { assertPortFree } from "./start/port-probe.ts";
import { prepareState } from "./start/prepare-state.ts";
import { jsonLine, serverOutput, terminalLines } from "./start/server-output.ts";
import { startBanner } from "./start/start-banner.ts";
import { failureText, prepared } from "./start/start-failure.ts";
import { entryArguments, startOptions } from "./start/start-options.ts";
import { lockState } from "./start/state-lock.ts";
import { waitUntilReady } from "./start/wait-until-ready.ts";

const { port, persistTo, verbose, lan, entry } = startOptions();
const url = `http://localhost:${port}`;
const nonce = randomUUID();
/** A server that was killed leaves its port to its watcher, which takes up to this long, ms. */
const leftPortMs = 5_000;

async function prepare() {
  console.error("Preparing: page, database, regulations …");
  await Promise.all([
    prepared(buildPages(), "The pages were not built. Run `npm ci`, and `npm start` again."),
    prepareState(persistTo),
  ]);
}

function fail(error: unknown): never {
  console.error(failureText(error));
  process.exit(1);
}

const lock = await lockState(persistTo, port).catch(fail);
process.on("exit", () => lock.release());
await assertPortFree(port, lock.left?.port === port ? leftPortMs : 0).catch(fail);
const configuration = await readConfiguration("wrangler.toml");
const secrets = await prepare()
  .then(() => localSecrets(persistTo))
  .catch(fail);
const settings = await localSettings(configuration, secrets);
const devKey = settings["AUTH_MODE"] === "dev" ? (settings["DEV_KEY"] ?? "") : "";
await keepDevKey(persistTo, devKey).catch(fail);

const address = lan ? lanAddress() : null;
if (lan && address === null) fail(new Error("--lan: this machine has no address in a network."));
if (lan && settings["AUTH_MODE"] !== "dev") fail(new Error("--lan needs AUTH_MODE=dev."));

const script = (name: string) => join(import.meta.dirname, name);
const wranglerFlags = {
  "--config": await writeLocalConfiguration(),
  "--port": String(port),
  "--var": `START_NONCE:${nonce}`,
  // Whichever is free: servers that look for one of their own at the same time take the same.
  "--inspector-port": "0",
  "--persist-to": persistTo,
  // The empty file keeps wrangler from reading .dev.vars over the environment that was given.
  "--env-file": "/dev/null",
};
const server = spawn(
  script("end-with-parent.sh"),
  ["wrangler", "dev", ...entryArguments(entry), ...Object.entries(wranglerFlags).flat()],
  {
    stdio: verbose ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...settings,
      ...closingRoutes,
      MINIFLARE_WORKERD_PATH: script("workerd.sh"),
      // Nothing here needs the request's place on Cloudflare's network, which would be fetched.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      // It would show rows, keys and objects to whoever reaches the port.
      X_LOCAL_EXPLORER: "false",
    },
  },
);

if (server.pid !== undefined) lock.noteServer(server.pid);

let isReady = false;
let isStopping = false;
/** What wrangler printed before the server was ready: shown when it never is. */
const beginning: string[] = [];

function print(stream: Readable | null, append: (line: string) => void) {
  if (!stream) return;
  const read = serverOutput();
  createInterface({ input: stream }).on("line", (text) => {
    if (!isReady) beginning.push(text);
    const line = read(text, isReady);
    if (!line) return;
    const json = jsonLine(line);
    append(json);
    for (const shown of process.stdout.isTTY ? terminalLines(line) : [json]) console.log(shown);
  });
}
if (!verbose) {
  const append = openLogFile(persistTo);
  print(server.stdout, append);
  print(server.stderr, append);
}

server.on("exit", (code) => {
  if (!isReady && !isStopping && process.exitCode === undefined) {
    console.error(["The server ended before it was ready. It printed:", ...beginning].join("\n"));
    process.exitCode = code || 1;
  }
  process.exit(process.exitCode ?? code ?? 1);
});
// A signal that only npm got ends the shell between us, and leaves us to notice.
const parent = process.ppid;
setInterval(() => process.ppid === parent || stop("SIGTERM"), 1_000).unref();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);

function stop(signal: NodeJS.Signals) {
  isStopping = true;
  server.kill(signal);
}

try {
  const model = await waitUntilReady(url, nonce);
  isReady = true;
  const phone = address && (await startLanProxy({ server: new URL(url), devKey, address, port }));
  const { OPS_TOKEN: opsToken = "", WEBHOOK_SECRETS: webhookSecret = "" } = settings;
  const isNew =
    secrets.fresh.has("WEBHOOK_SECRETS") && webhookSecret === secrets.values.WEBHOOK_SECRETS;
  const newWebhookSecret = isNew ? webhookSecret : null;
  // On stderr: what is piped is the log.
  console.error(
    startBanner({
      url,
      page: pageAddress(url, devKey),
      phone: phone && phone.url,
      persistTo,
      model,
      opsToken,
      newWebhookSecret,
      colored: process.stderr.isTTY,
    }),
  );
  fireCrons(url, configuration.triggers.crons);
} catch (error) {
  process.exitCode = 1;
  console.error(failureText(error));
  server.kill();
}
