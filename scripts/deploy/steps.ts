import { exitCodes, Failure } from "../provision/failure.ts";

/** One thing that a deploy does. Each may be done again, and then finds what it has done. */
export interface Step {
  name: string;
  run: () => Promise<unknown>;
  /** Says how it is taken back; absent for what changes nothing that runs. */
  back?: string;
}

/**
 * Carries steps out in their order, and stops at the first that fails: it says then what was done,
 * what was not, and how to go on or back.
 */
export async function carryOut(steps: readonly Step[], goOn: string): Promise<number> {
  for (const [index, step] of steps.entries()) {
    console.log(`\n${index + 1}/${steps.length} ${step.name}`);
    try {
      await step.run();
    } catch (error) {
      console.error(error instanceof Failure ? error.message : error);
      console.error(account(steps, index, goOn));
      return error instanceof Failure ? error.code : exitCodes.failed;
    }
  }
  return exitCodes.done;
}

function account(steps: readonly Step[], failed: number, goOn: string): string {
  const before = steps.slice(0, failed);
  const named = (some: readonly Step[]) => some.map(({ name }) => name).join(", ") || "nothing";
  // What failed may have been done in part, and is taken back as well.
  const back = steps.slice(0, failed + 1).flatMap((step) => (step.back ? [step.back] : []));
  return [
    "",
    `Failed: ${steps[failed]?.name}`,
    `Done: ${named(before)}`,
    `Not done: ${named(steps.slice(failed + 1))}`,
    `To go on: ${goOn}`,
    ...back.toReversed().map((how) => `To go back: ${how}`),
  ].join("\n");
}
