import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Failure } from "../provision/failure.ts";
import { generatedFile } from "../provision/generated.ts";

/** wrangler as a person would run it by hand to go on from here, without what holds secrets. */
export const byHand = (...command: string[]) =>
  ["npx", "wrangler", ...command, "--config", generatedFile].join(" ");

/** Runs wrangler on the generated configuration, its words in view. Throws when it fails. */
export async function wrangler(...command: string[]): Promise<void> {
  const flags = ["--config", generatedFile, "--env-file", "/dev/null"];
  const child = spawn(join("node_modules/.bin", "wrangler"), [...command, ...flags], {
    stdio: ["ignore", "inherit", "inherit"],
    // It asks nobody: what was to be confirmed has been.
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Failure("failed", `wrangler ${command[0]} exited with ${code}.`);
}
