import { accessSync, constants } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** The exit code of wrong arguments, the same for every command. */
export const wrongUsage = 2;

/** Settings of npm's own that stand in many environments, and that a command may lose: it asks, or prints text. */
const ownOfNpm = new Set(["yes", "json"]);

/**
 * The command line as `config` describes it. `--help` prints the usage. Wrong arguments end the command with one
 * sentence, and so does a flag that npm has kept for itself because no `--` stood before it.
 */
export function commandOptions<const Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  const kept = Object.keys(config.options ?? {}).find(
    (name) =>
      !ownOfNpm.has(name) && process.env[`npm_config_${name.replaceAll("-", "_")}`] !== undefined,
  );
  if (kept !== undefined)
    refuseUsage(usage, `npm has kept --${kept} for itself: write -- before it.`);
  try {
    return parseArgs(config);
  } catch (error) {
    // Node explains behind the first sentence how to pass such a text as a positional argument.
    const [sentence = ""] = String(error instanceof Error ? error.message : error).split(/\. |\n/);
    return refuseUsage(usage, `${sentence.replace(/\.$/, "")}.`);
  }
}

/** Ends the command with one line: what is wrong, and the first line of the usage. */
export function refuseUsage(usage: string, sentence: string): never {
  const [first = ""] = usage.split("\n");
  return endWith(wrongUsage, `${sentence} ${first}; --help explains them`);
}

/** An option's value as a number above 0. */
export function positiveNumber(usage: string, name: string, text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  return refuseUsage(
    usage,
    `--${name} has to be a number above 0, and is ${JSON.stringify(text)}.`,
  );
}

/** An option's value as a whole number from 1. */
export function positiveInteger(usage: string, name: string, text: string): number {
  const number = positiveNumber(usage, name, text);
  if (Number.isSafeInteger(number)) return number;
  return refuseUsage(usage, `--${name} has to be a whole number, and is ${text}.`);
}

/** Refuses an option's file that is not there, or is not to be read or written, before any work is done. */
export function assertFile(
  usage: string,
  name: string,
  file: string | undefined,
  access: "read" | "write" = "read",
): void {
  if (file === undefined || file === "") return;
  try {
    accessSync(file, access === "read" ? constants.R_OK : constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const why = code === "ENOENT" ? "there is no such file" : code;
    refuseUsage(
      usage,
      `--${name} ${file} cannot be ${access === "read" ? "read" : "written"}: ${why}.`,
    );
  }
}

/** Ends the command with a message. */
export function endWith(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
