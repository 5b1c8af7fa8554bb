/** Why the server cannot start, in words for who started it. */
export class StartFailure extends Error {}

const diskFull = /ENOSPC|no space left|SQLITE_FULL|database or disk is full/i;

const outputOf = (error: unknown): string =>
  error instanceof Error ? [error, ...Object.values(error)].map(String).join("\n") : String(error);

/** A sentence that says what to do about an error, and the error's own text where that helps. */
export function failureText(error: unknown): string {
  if (diskFull.test(outputOf(error))) {
    return "The disk is full. Make room, and run `npm start` again.";
  }
  return error instanceof StartFailure ? error.message : outputOf(error);
}

/** Runs a step of the preparation. @throws StartFailure with what to do, its own or this, when it fails. */
export async function prepared(step: Promise<unknown>, advice: string): Promise<void> {
  try {
    await step;
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    throw new StartFailure(`${advice}\n${outputOf(error)}`, { cause: error });
  }
}
