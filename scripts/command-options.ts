import { parseArgs, type ParseArgsConfig } from "node:util";

/** The exit code of wrong arguments, the same for every command. */
export const wrongUsage = 2;

/** The command line as `config` describes it. Wrong arguments and `--help` end the command with its usage. */
export function commandOptions<const Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    return endWith(
      wrongUsage,
      `${error instanceof Error ? error.message : String(error)}\n\n${usage}`,
    );
  }
}

/** Ends the command with a message. */
export function endWith(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
