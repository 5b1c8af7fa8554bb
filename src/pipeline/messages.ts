import { z } from "zod";
import { StageName } from "./stages/index.ts";

/** All a stage queue carries: which stage of which job. The data stays in the job's object. */
export const StageMessage = z.strictObject({
  jobId: z.uuid(),
  stage: StageName,
  traceparent: z.string(),
});
export type StageMessage = z.infer<typeof StageMessage>;
