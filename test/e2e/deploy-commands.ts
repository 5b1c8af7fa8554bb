import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { listen } from "../../scripts/storm/listen.ts";
import type { FakeCloudflare } from "./fake-cloudflare.ts";

/** As much of `wrangler.toml`, or of a configuration that is generated from it, as tests compare. */
export const WranglerToml = z.looseObject({
  vars: z.record(z.string(), z.string()),
  secrets: z.looseObject({ required: z.array(z.string()) }),
  queues: z.looseObject({
    producers: z.array(z.looseObject({ binding: z.string(), queue: z.string() })),
    consumers: z.array(
      z.looseObject({ queue: z.string(), dead_letter_queue: z.string().optional() }),
    ),
  }),
  r2_buckets: z.array(z.looseObject({ bucket_name: z.string() })),
});
export type WranglerToml = z.output<typeof WranglerToml>;

export const readToml = async () =>
  WranglerToml.parse(parseToml(await readFile("wrangler.toml", "utf8")));

/** The names of all queues, sorted. */
export function queueNamesOf({ queues: { producers, consumers } }: WranglerToml): string[] {
  const names = [
    ...producers.map(({ queue }) => queue),
    ...consumers.map(({ queue }) => queue),
    ...consumers.flatMap(({ dead_letter_queue: dead }) => (dead === undefined ? [] : [dead])),
  ];
  return [...new Set(names)].toSorted();
}

const signing = "a secret that signs addresses, of 32 bytes or more";
/** The settings that production needs at least. */
export const enough = {
  SIGNING_SECRET: signing,
  AUTH_JWKS_URL: "https://id.example.com/keys",
};

export type DeployCommand = "provision" | "deploy" | "remove-preview";

/** This machine's own settings and secrets are not the test's. */
export async function environment(cloudflare: FakeCloudflare, given: Record<string, string>) {
  const { vars, secrets } = await readToml();
  const names = new Set([...Object.keys(vars), ...secrets.required, "ECO2_TOKEN"]);
  const others = Object.entries(process.env).filter(([name]) => !names.has(name));
  return {
    ...Object.fromEntries(others),
    CLOUDFLARE_API_BASE_URL: cloudflare.url,
    CLOUDFLARE_ACCOUNT_ID: cloudflare.accountId,
    CLOUDFLARE_API_TOKEN: cloudflare.token,
    ...given,
  };
}

/** Starts a command of a deploy. Without `--settings` it has no file with settings. */
export async function startDeployCommand(
  cloudflare: FakeCloudflare,
  command: DeployCommand,
  args: string[] = [],
  given: Record<string, string> = enough,
) {
  const hasFile = args.includes("--settings") || command === "remove-preview";
  const settings = hasFile ? [] : ["--settings", "/dev/null"];
  return spawn("node", [`scripts/${command}.ts`, ...settings, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: await environment(cloudflare, given),
  });
}

/** Runs a command of a deploy to its end. */
export async function runDeployCommand(...command: Parameters<typeof startDeployCommand>) {
  const child = await startDeployCommand(...command);
  let output = "";
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = await once(child, "close");
  return { code: Number(code), output, stdout };
}

const residentsPage = '<script type="module" src="/assets/page.js"></script>';

/** Answers as the Worker does, or on `/ready` with what it is expected, and with another page. */
export async function serveWorker(
  ready: () => string | null = () => null,
  page: () => string | undefined = () => undefined,
) {
  return listen(({ url }, response) => {
    const healthy = {
      status: "ok",
      ...(url === "/health" ? { service: "eco2-edge" } : { model: "offline" }),
      guests: false,
    };
    const other = url === "/" ? (page() ?? residentsPage) : null;
    response.end((url === "/ready" ? ready() : other) ?? JSON.stringify(healthy));
  });
}
