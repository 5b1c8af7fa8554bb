import { z } from "zod";
import { answer } from "./answer.ts";
import { reward } from "./reward.ts";
import { rule } from "./rule.ts";
import { vision } from "./vision.ts";

/**
 * The stage table: what a scan is, in order. Queue names, bindings, leases, progress and the
 * checks of `wrangler.toml` are derived from it.
 */
export const stages = [vision, rule, answer, reward] as const;

export type Stage = (typeof stages)[number];
export type StageName = Stage["name"];
export type StageOutput = z.output<Stage["output"]>;
/** What the finished stages of a job have produced. */
export type Checkpoints = { [S in Stage as S["name"]]?: z.output<S["output"]> };

export const stageNames = stages.map(({ name }) => name);
export const StageName = z.enum(stageNames);
export const firstStage: Stage = stages[0];

const byName = new Map<StageName, Stage>(stages.map((stage) => [stage.name, stage]));

/** The row of a stage. */
export function stageOf(name: StageName): Stage {
  const stage = byName.get(name);
  if (!stage) throw new RangeError(`No stage is named ${name}`);
  return stage;
}

/** The stage that follows, or null after the last. */
export const nextStage = (name: StageName): StageName | null =>
  stageNames[stageNames.indexOf(name) + 1] ?? null;

export const isBefore = (a: StageName, b: StageName): boolean =>
  stageNames.indexOf(a) < stageNames.indexOf(b);

export const queueName = (name: StageName) => `scan-${name}` as const;
export const deadLetterQueueName = (name: StageName) => `dlq-scan-${name}` as const;
/** The producer binding of a stage's queue; `Env` must have it, or the code does not compile. */
export const queueBinding = (name: StageName) =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library types toUpperCase as string
  `SCAN_${name.toUpperCase() as Uppercase<StageName>}` as const;
/** The binding through which a dead-letter queue is looked at; nothing is sent through it. */
export const deadLetterQueueBinding = (name: StageName) => `DLQ_${queueBinding(name)}` as const;
