import { adaptersOf } from "../src/adapters.ts";
import { cachedControl } from "../src/control-client.ts";
import type { StageResult } from "../src/pipeline/decisions/attempts.ts";
import type { HopInput } from "../src/pipeline/hop-input.ts";
import {
  hopFrom,
  type Stage,
  stageOf,
  type StageOutput,
} from "../src/pipeline/stages/stage-table.ts";
import { withTimeout } from "../src/platform/timeout.ts";

/**
 * How long the first stage's output, which was paid for, may wait for the stages behind it before it is
 * recorded, ms. A call to another object fits into it; what takes longer runs again.
 */
const trailingMs = 250;

export interface Trailing extends StageResult {
  startedAt: number;
  endedAt: number;
}

/**
 * Runs the stages behind one as far as they finish in time. One that is paused, slow or fails goes on
 * alone through its own queue, where its attempt records the error.
 */
export async function runTrailing(stage: Stage, input: HopInput, env: Env): Promise<Trailing[]> {
  const until = Date.now() + trailingMs;
  const done: Trailing[] = [];
  for (const name of hopFrom(stage.name).slice(1)) {
    const startedAt = Date.now();
    if (cachedControl(env).pauseOf(name)) break;
    const known = { ...input, ...Object.fromEntries(done.map((it) => [it.stage, it.output])) };
    const run = withTimeout<StageOutput>(until - startedAt, (signal) =>
      stageOf(name).execute(known, adaptersOf(env), signal),
    );
    const [settled] = await Promise.allSettled([run]);
    if (settled.status === "rejected") break;
    done.push({ stage: name, output: settled.value, startedAt, endedAt: Date.now() });
  }
  return done;
}
