import { exitCodes, CommandError } from "../provision/exit-codes.ts";

/** One thing that a deploy does. Each may be repeated, and then finds what it has done. */
export interface Step {
  name: string;
  run: () => Promise<unknown>;
  /** The command that takes it back; absent for what changes nothing that runs. */
  undo?: string;
}

/**
 * Runs steps in their order, and stops at the first that fails: it prints then what was done, what was
 * not, and the commands to go on or back. Returns the exit code.
 */
export async function runSteps(steps: readonly Step[], retryCommand: string): Promise<number> {
  for (const [index, step] of steps.entries()) {
    console.log(`\n${index + 1}/${steps.length} ${step.name}`);
    try {
      await step.run();
    } catch (error) {
      console.error(error instanceof CommandError ? error.message : error);
      console.error(summary(steps, index, retryCommand));
      return error instanceof CommandError ? error.code : exitCodes.failed;
    }
  }
  return exitCodes.done;
}

function summary(steps: readonly Step[], failed: number, retryCommand: string): string {
  const names = (some: readonly Step[]) => some.map(({ name }) => name).join(", ") || "nothing";
  // What failed may have been done in part, and is taken back as well.
  const undo = steps.slice(0, failed + 1).flatMap((step) => (step.undo ? [step.undo] : []));
  return [
    "",
    `Failed: ${steps[failed]?.name}`,
    `Done: ${names(steps.slice(0, failed))}`,
    `Not done: ${names(steps.slice(failed + 1))}`,
    `To go on: ${retryCommand}`,
    ...undo.toReversed().map((command) => `To go back: ${command}`),
  ].join("\n");
}
