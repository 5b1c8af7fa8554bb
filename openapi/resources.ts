import type { Resource } from "./operation.ts";
import { alerts } from "./ops/alerts.ts";
import { catalog } from "./ops/catalog.ts";
import { control } from "./ops/control.ts";
import { deadLetters } from "./ops/dead-letters.ts";
import { opsEvents } from "./ops/events.ts";
import { opsHealth } from "./ops/health.ts";
import { jobs } from "./ops/jobs.ts";
import { overview } from "./ops/overview.ts";
import { queues } from "./ops/queues.ts";
import { projections } from "./ops/projections.ts";
import { redrives } from "./ops/redrives.ts";
import { publishedRegulations } from "./ops/regulations.ts";
import { revocations } from "./ops/revocations.ts";
import { opsWebhooks } from "./ops/webhooks.ts";

/** Every resource of the API, in the order in which they are shown. */
export const resources: readonly Resource[] = [
  overview,
  opsHealth,
  queues,
  jobs,
  deadLetters,
  redrives,
  control,
  alerts,
  opsWebhooks,
  catalog,
  projections,
  opsEvents,
  publishedRegulations,
  revocations,
];
