import { z } from "zod";
import type { Lane } from "../admission.ts";
import { answer } from "./answer.ts";
import type { Shard } from "./define-stage.ts";
import { reward } from "./reward.ts";
import { rule } from "./rule.ts";
import { vision } from "./vision.ts";

/**
 * The stage table: the stages of a scan, in order. Queue names, bindings, leases, progress and the
 * checks of `wrangler.toml` are derived from it.
 */
export const stages = [vision, rule, answer, reward] as const;

export type Stage = (typeof stages)[number];
export type StageName = Stage["name"];
export type StageOutput = z.output<Stage["output"]>;
/** The outputs of a job's completed stages. */
export type Checkpoints = { [S in Stage as S["name"]]?: z.output<S["output"]> };

export const stageNames = stages.map(({ name }) => name);
export const StageName = z.enum(stageNames);
export const firstStage: Stage = stages[0];

const byName = new Map<StageName, Stage>(stages.map((stage) => [stage.name, stage]));

/**
 * Stages that need no queue between them: one message runs a hop from its stage to the hop's end, under
 * one lease and with one commit. A stage that fails behind another goes on alone through its own queue.
 */
const hops: readonly (readonly StageName[])[] = [
  ["vision", "rule"],
  ["answer", "reward"],
];
if (hops.flat().join() !== stageNames.join()) throw new RangeError("Hops are not the stage table");

/** The stages that a message of `name` runs: its own, and those behind it in the same hop. */
export function hopFrom(name: StageName): readonly StageName[] {
  const hop = hops.find((it) => it.includes(name)) ?? [name];
  return hop.slice(hop.indexOf(name));
}

/** The stages whose messages a scan takes when none fails: the first of each hop. */
export const hopStarts: readonly StageName[] = hops.flatMap(([first]) => first ?? []);

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

/** The shard of a job's messages among a stage's: always the same one, with jobs spread evenly. */
export function shardOf(shards: readonly Shard[], jobId: string, lane: Lane): Shard {
  if (lane === "bulk" && shards.includes("bulk")) return "bulk";
  const numbered = shards.filter((it) => it !== "bulk");
  return numbered[Number.parseInt(jobId.slice(0, 8), 16) % numbered.length] ?? "";
}

export const queueName = (name: StageName, shard: Shard = ""): string =>
  ["scan", name, shard].filter(Boolean).join("-");
export const deadLetterQueueName = (name: StageName) => `dlq-scan-${name}` as const;

type Suffix<S extends Shard> = S extends "" ? "" : `_${Uppercase<S>}`;
export type QueueBinding = {
  [S in Stage as S["name"]]: `SCAN_${Uppercase<S["name"]>}${Suffix<S["shards"][number]>}`;
}[StageName];

/** The producer binding of a stage's queue. A binding that `Env` lacks does not compile. */
export const queueBinding = (name: StageName, shard: Shard = "") =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library types toUpperCase as string
  ["SCAN", name, shard].filter(Boolean).join("_").toUpperCase() as QueueBinding;
/** Shards that only a local server may have: see scripts/start/local-queues.ts. */
export const localShards = [
  "1",
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "8",
  "9",
  "10",
  "11",
  "12",
  "13",
  "14",
  "15",
] as const satisfies Shard[];
type LocalShard = (typeof localShards)[number];
export type LocalQueueBinding = `SCAN_${Uppercase<StageName>}_${LocalShard}`;
export const localQueueBinding = (name: StageName, shard: LocalShard): LocalQueueBinding =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  `SCAN_${name.toUpperCase() as Uppercase<StageName>}_${shard}`;

/** The stage of a queue, whether the table has it, a local server, or a deployment of an earlier version. */
export function stageOfQueue(queue: string): Stage | undefined {
  const name = /^scan-([a-z]+)(?:-(?:\d+|bulk))?$/.exec(queue)?.[1];
  return stages.find((stage) => stage.name === name);
}

/** The producer binding of a stage's dead-letter queue. */
export const deadLetterQueueBinding = (name: StageName) =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  `DLQ_SCAN_${name.toUpperCase() as Uppercase<StageName>}` as const;
