/** The Worker with jobs whose calls fail, and whose objects die, as a test says. */
import { ScanJob as RealScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import worker from "../../src/index.ts";
import { faultyBindings } from "./faults.ts";

export * from "../../src/index.ts";

export class ScanJob extends RealScanJob {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faultyBindings(ctx, env));
  }
}

export default worker;
