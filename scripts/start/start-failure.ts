import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

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

/** Runs a step of the preparation. @throws StartFailure with what to do when it fails. */
export async function prepared(step: Promise<unknown>, advice: string): Promise<void> {
  try {
    await step;
  } catch (error) {
    throw new StartFailure(`${advice}\n${outputOf(error)}`, { cause: error });
  }
}

/** A server that was killed leaves its port to its watcher, which takes up to this long, ms. */
const portWaitMs = 5_000;

/** @throws StartFailure when something else keeps listening on the port. */
export async function assertPortFree(port: number): Promise<void> {
  const until = Date.now() + portWaitMs;
  while (!(await isFree(port))) {
    if (Date.now() > until) {
      throw new StartFailure(
        `Port ${port} is in use. Stop what uses it, or choose another: npm start -- --port ${port + 1}`,
      );
    }
    await sleep(250);
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once("error", () => resolve(false));
  probe.listen(port, "localhost", () => probe.close(() => resolve(true)));
  return promise;
}
