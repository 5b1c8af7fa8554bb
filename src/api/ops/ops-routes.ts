import { router } from "../openapi/define-routes.ts";
import { alerts } from "./alert-routes.ts";
import { auditTrail } from "./audit-routes.ts";
import { catalog } from "./catalog-routes.ts";
import { confirmations } from "./confirmation-routes.ts";
import { contents } from "./content-routes.ts";
import { control } from "./control-routes.ts";
import { deadLetters } from "./dead-letter-routes.ts";
import { jobs } from "./job-routes.ts";
import { limitReads } from "./limit-reads.ts";
import { overview } from "./overview-routes.ts";
import { health } from "./pipeline-health-routes.ts";
import { queues } from "./queue-routes.ts";
import { requireOperator } from "./operator-access.ts";
import { projections } from "./projection-routes.ts";
import { redrives } from "./redrive-routes.ts";
import { regulationVersions } from "./regulation-version-routes.ts";
import { revocations } from "./revocation-routes.ts";
import { ownSession, session } from "./session-routes.ts";
import { statistics } from "./statistics-routes.ts";
import { tests } from "./test-routes.ts";
import { webhooks } from "./webhook-routes.ts";

/** What operators see and do. Every change leaves an audit row. */
export const ops = router(limitReads)
  // Before what needs an operator: it answers who is one, and begins a session.
  .route("/session", session)
  .use(requireOperator)
  .route("/session", ownSession)
  .route("/overview", overview)
  .route("/health", health)
  .route("/queues", queues)
  .route("/alerts", alerts)
  .route("/audit", auditTrail)
  .route("/statistics", statistics)
  .route("/dead-letters", deadLetters)
  .route("/redrives", redrives)
  .route("/webhooks", webhooks)
  .route("/catalog", catalog)
  .route("/projections", projections)
  .route("/confirmations", confirmations)
  .route("/revocations", revocations)
  .route("/regulations", regulationVersions)
  .route("/jobs", contents)
  .route("/jobs", tests)
  .route("/", jobs)
  .route("/", control);
