import { execFile } from "node:child_process";

export interface CommandOutput {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command of the project to its end, as from a shell that npm has not started. */
export function runCommand(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<CommandOutput> {
  return new Promise((resolve) => {
    execFile(command, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}
