import { AuditPage, listAudit } from "../../ops-audit.ts";
import { snapshotOf } from "../../pipeline/snapshot.ts";
import { callJob } from "../../objects.ts";
import { notFound } from "../../pipeline/refusals.ts";
import { knownJobId, resultNotFound } from "../job-id.ts";
import { router } from "../openapi/router.ts";
import { invalid } from "../problem.ts";
import { explainWaiting } from "../waiting.ts";
import { alerts } from "./alert-routes.ts";
import { catalog } from "./catalog-routes.ts";
import { control } from "./control-routes.ts";
import { deadLetters } from "./dead-letter-routes.ts";
import { events } from "./archive-routes.ts";
import { health } from "./pipeline-health-routes.ts";
import { jobStream } from "./job-routes.ts";
import { overview } from "./overview-routes.ts";
import { publishedRegulations } from "./regulation-version-routes.ts";
import { queues } from "./queue-routes.ts";
import { projections } from "./projection-routes.ts";
import { redrives } from "./redrive-routes.ts";
import { revocations } from "./revocation-routes.ts";
import { requireToken } from "../require-token.ts";
import { webhooks } from "./webhook-routes.ts";

/** What operators see and do. Every change leaves an audit row. */
export const ops = router(requireToken("OPS_TOKEN"))
  .route("/overview", overview)
  .route("/health", health)
  .route("/queues", queues)
  .route("/alerts", alerts)
  .route("/dead-letters", deadLetters)
  .route("/redrives", redrives)
  .route("/webhooks", webhooks)
  .route("/catalog", catalog)
  .route("/projections", projections)
  .route("/events", events)
  .route("/revocations", revocations)
  .route("/regulations", publishedRegulations)
  .route("/jobs", jobStream)
  .route("/", control)

  .get("/jobs/:id", async (c) => {
    const jobId = knownJobId(c.req.param("id"));
    const state = await callJob(c.env, jobId, (job) => job.inspect());
    if (state === notFound) throw resultNotFound();
    const waiting = await explainWaiting(c.env, state);
    return c.json({ user_id: state.userId, ...snapshotOf(state, Date.now()), waiting });
  })

  .get("/audit", async (c) => {
    const page = AuditPage.safeParse(c.req.query());
    if (!page.success) throw invalid(page.error);
    return c.json({ entries: await listAudit(c.env.DB, page.data.before) });
  });
