/** The exit code of wrong arguments, the same for every command. */
export const wrongUsage = 2;

/**
 * The options that `parse` reads from the command line. Ends the command with its usage when `parse`
 * throws, or for `--help`.
 */
export function commandOptions<Options extends { help?: boolean | undefined }>(
  usage: string,
  parse: () => Options,
): Options {
  const options = optionsOrError(parse);
  if (options instanceof Error) return endWith(wrongUsage, `${options.message}\n\n${usage}`);
  if (!options.help) return options;
  console.log(usage);
  return process.exit(0);
}

function optionsOrError<Options>(parse: () => Options): Options | Error {
  try {
    return parse();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Ends the command with a message. */
export function endWith(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
