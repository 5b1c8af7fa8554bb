import { z } from "zod";
import type { Lane } from "../admission.ts";
import { answer } from "./answer.ts";
import type { Shard } from "./define-stage.ts";
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

export const shardsOf = (name: StageName): readonly Shard[] => stageOf(name).shards;

/** The shard that a job's messages of a stage take: always the same, and all about equally often. */
export function shardOf(name: StageName, jobId: string, lane: Lane): Shard {
  const shards = shardsOf(name);
  if (lane === "bulk" && shards.includes("bulk")) return "bulk";
  const numbered = shards.filter((it) => it !== "bulk");
  return numbered[Number.parseInt(jobId.slice(0, 8), 16) % numbered.length] ?? "";
}

export const queueName = (name: StageName, shard: Shard = ""): string =>
  ["scan", name, shard].filter(Boolean).join("-");
export const deadLetterQueueName = (name: StageName) => `dlq-scan-${name}` as const;

type Suffix<S extends Shard> = S extends "" ? "" : `_${Uppercase<S>}`;
type QueueBinding = {
  [S in Stage as S["name"]]: `SCAN_${Uppercase<S["name"]>}${Suffix<S["shards"][number]>}`;
}[StageName];

/** The producer binding of a stage's queue; `Env` must have it, or the code does not compile. */
export const queueBinding = (name: StageName, shard: Shard = "") =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library types toUpperCase as string
  ["SCAN", name, shard].filter(Boolean).join("_").toUpperCase() as QueueBinding;
/** The binding through which a dead-letter queue is looked at; nothing is sent through it. */
export const deadLetterQueueBinding = (name: StageName) =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  `DLQ_SCAN_${name.toUpperCase() as Uppercase<StageName>}` as const;
