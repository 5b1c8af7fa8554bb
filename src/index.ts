import { consumerOf } from "../queues/consumers.ts";
import { app } from "./api/app.ts";

export { ScanJob } from "../durable-objects/scan-job.ts";

export default {
  fetch: app.fetch,
  queue: (batch, env) => consumerOf(batch.queue)(batch, env),
} satisfies ExportedHandler<Env>;
