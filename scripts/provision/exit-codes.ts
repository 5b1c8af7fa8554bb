import { wrongUsage } from "../command-options.ts";

/** What the commands of a deploy end with. `provision` and `deploy` mean the same by the same code. */
export const exitCodes = {
  done: 0,
  /** Cloudflare or a step failed. Run again: what is done is not done twice. */
  failed: 1,
  /** Wrong arguments, or a configuration that cannot be read. */
  usage: wrongUsage,
  /** Something is to be done that nobody has confirmed. */
  unconfirmed: 3,
  /** No token, no account, or Cloudflare refuses them. */
  access: 4,
  /** What only you can give is missing or not allowed: secrets, settings. */
  refused: 5,
  /** The new version runs and does not answer as it should. */
  unhealthy: 6,
} as const;

/** Ends a command with a text for its reader and an exit code. */
export class CommandError extends Error {
  readonly code: number;

  constructor(kind: keyof typeof exitCodes, message: string) {
    super(message);
    this.code = exitCodes[kind];
  }
}

/** Runs a command. A CommandError that it throws is printed without a stack; a bug keeps its stack. */
export async function exitWith(command: () => Promise<number>): Promise<never> {
  try {
    process.exit(await command());
  } catch (error) {
    console.error(error instanceof CommandError ? error.message : error);
    process.exit(error instanceof CommandError ? error.code : exitCodes.failed);
  }
}
