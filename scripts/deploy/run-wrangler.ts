import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { CommandError } from "../provision/exit-codes.ts";

/** The wrangler command that a person would run by hand on the deployment with this configuration. */
export const manualCommand = (file: string, ...command: string[]) =>
  ["npx", "wrangler", ...command, "--config", file].join(" ");

/** Runs wrangler on a generated configuration, its output in view. @throws CommandError when it fails. */
export async function runWrangler(file: string, ...command: string[]): Promise<void> {
  const flags = ["--config", file, "--env-file", "/dev/null"];
  const child = spawn(join("node_modules/.bin", "wrangler"), [...command, ...flags], {
    stdio: ["ignore", "inherit", "inherit"],
    // In CI it asks nobody: what was to be confirmed has been.
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new CommandError("failed", `wrangler ${command[0]} exited with ${code}.`);
}
