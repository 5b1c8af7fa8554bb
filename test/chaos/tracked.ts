import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import type { Owned } from "./commands.ts";
import type { Row } from "./model/dead-letters.ts";
import type { IdempotencyRecord, MaybeScan } from "./model/scan.ts";
import type { Observed } from "./observe.ts";

/** One scan, as the world knows it. */
export interface Tracked extends Owned {
  /** The reference model. */
  scan: MaybeScan;
  /** What the model says is left of it when it was purged. */
  record: IdempotencyRecord | null;
  /** What the model says of its dead letters that were recorded. */
  rows: readonly Row[];
  /** How often it was submitted anew. */
  generation: number;
  observed: Observed;
  /** The log of each generation. */
  logs: Observed["events"][];
  /** Whether the last generation was erased, and whether any was that still matters. */
  isErased: boolean;
  wasErased: boolean;
  /** Attempts that were ever started. */
  attempts: { stage: StageName; lease: string }[];
}

export const trackedScan = (userId: string): Tracked => ({
  jobId: crypto.randomUUID(),
  userId,
  scan: null,
  record: null,
  rows: [],
  generation: -1,
  observed: { state: null, events: [], alarm: null, keys: [] },
  logs: [],
  isErased: false,
  wasErased: false,
  attempts: [],
});
