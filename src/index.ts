import { consumerOf } from "../queues/consumers.ts";
import { redriveDue } from "../queues/redrive.ts";
import { app } from "./api/app.ts";

export { PipelineControl } from "../durable-objects/pipeline-control.ts";
export { Redrive } from "../durable-objects/redrive.ts";
export { ScanJob } from "../durable-objects/scan-job.ts";

export default {
  fetch: app.fetch,
  queue: (batch, env) => consumerOf(batch.queue)(batch, env),
  scheduled: (_, env) => redriveDue(env),
} satisfies ExportedHandler<Env>;
