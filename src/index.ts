import { consumerOf } from "../queues/consumers.ts";
import { runScheduled } from "./cron/scheduled-tasks.ts";
import { app } from "./api/app.ts";
import { recordingAccepts } from "./metrics/record-accept.ts";

export { PipelineControl } from "../durable-objects/pipeline-control.ts";
export { AutomaticRedrive } from "../durable-objects/automatic-redrive.ts";
export { Redrive } from "../durable-objects/redrive.ts";
export { ScanJob } from "../durable-objects/scan-job/scan-job.ts";
export { UserAccount } from "../durable-objects/user-account/user-account.ts";
export { Erasure } from "../durable-objects/erasure.ts";

export default {
  fetch: recordingAccepts(app.fetch),
  queue: (batch, env) => consumerOf(batch.queue)(batch, env),
  scheduled: ({ cron }, env) => runScheduled(cron, env),
} satisfies ExportedHandler<Env>;
