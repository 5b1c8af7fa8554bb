import { z } from "zod";
import { Measured, Replay } from "./measure-load.ts";
import { Operations } from "./operations.ts";

export const System = z.object({
  system: z.string(),
  measured: z.array(Measured),
  /** Resident memory of workerd after the load, MiB; null where it is not known. */
  memoryMiB: z.number().nullable(),
  replay: Replay.nullable(),
});
export type System = z.infer<typeof System>;

/** What `npm run bench --json` writes. */
export const Results = z.object({
  at: z.iso.datetime(),
  machine: z.string(),
  rounds: z.int(),
  /** None where only operations were counted. */
  systems: z.array(System),
  operations: Operations,
});
export type Results = z.infer<typeof Results>;
