/** The Worker with objects whose calls fail, and which die, as a test says. */
import { ScanJob as RealScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import { UserAccount as RealUserAccount } from "../../durable-objects/user-account/user-account.ts";
import worker from "../../src/index.ts";
import { faultyBindings, faultyQueues } from "./object-bindings.ts";

export * from "../../src/index.ts";

export class ScanJob extends RealScanJob {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faultyBindings(ctx, env));
  }
}

export class UserAccount extends RealUserAccount {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faultyQueues(ctx, env));
  }
}

export default worker;
