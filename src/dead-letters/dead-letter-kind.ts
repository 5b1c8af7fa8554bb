import { z } from "zod";
import { projections } from "../events/projections/projections.ts";
import { type StageName, stageNames } from "../pipeline/stages/stage-table.ts";
import { WriteQueue } from "./write-queues.ts";

/** What a dead letter is of: a stage of a scan, a write from a queue, or an event of a projection. */
export const DeadLetterKind = z.enum(["stage", "write", "projection"]);
export type DeadLetterKind = z.infer<typeof DeadLetterKind>;

/** A settled one is `recovered`, `archived` or `discarded`; the others are open. */
export const DeadLetterStatus = z.enum([
  "parked",
  "redriving",
  "recovered",
  "archived",
  "discarded",
]);

/** Where dead letters come from: a stage or a queue. */
export type StageSource = { kind: "stage"; source: StageName };
export type Source = StageSource | { kind: "write"; source: WriteQueue };

export const stageSources: readonly StageSource[] = stageNames.map((source) => ({
  kind: "stage",
  source,
}));
export const writeSources: readonly Source[] = WriteQueue.options.map((source) => ({
  kind: "write",
  source,
}));

/** The name of a stage, a queue or a projection. Of webhooks only unreadable messages are kept. */
export const SourceName = z.enum([
  ...stageNames,
  ...WriteQueue.options,
  "webhooks",
  ...projections.map(({ name }) => name),
]);
