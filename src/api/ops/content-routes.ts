import { z } from "zod";
import { adaptersOf } from "../../adapters.ts";
import { By, Why } from "../../ops-audit.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { json, jsonBody, requestSchema } from "../openapi/response-bodies.ts";
import { scanId } from "../openapi/shared-parameters.ts";
import { readBody } from "../read-body.ts";
import { auditOrRefuse } from "./audit-or-refuse.ts";
import { Content, contentView } from "./content-view.ts";
import { requireContent, scanIdIn } from "./require-job.ts";

/** How often operators may look at content in an hour, all of them together. */
const perHour = 60;

const ContentRequest = requestSchema("ContentRequest", "Who looks at a scan's content, and why.", {
  by: By,
  why: Why,
});

const Shown = Content.extend({
  models: z
    .array(z.object({ name: z.string(), provider: z.string() }))
    .describe("What a test of it may name."),
}).meta({ id: "ShownContent", description: "A scan's content, and what a test of it may name." });

const route = defineRoutes("Ops: scans", "operator");
const showContent = route("post", "/{id}/content", "showContent", {
  summary: "What a resident wrote, showed and was answered",
  description:
    `The reason is in the audit before the content is answered, which happens at most ${perHour} times an hour. Where ` +
    "nothing is left, because the scan ended an hour ago or its resident was erased, nothing is audited.",
  parameters: [scanId],
  requestBody: jsonBody(ContentRequest, {
    "a complaint": { by: "kim", why: "The resident says the answer was about something else." },
  }),
  responses: { 200: json("The content.", Shown) },
  problems: ["RESULT_NOT_FOUND", "SCAN_PURGED", "RATE_LIMITED"],
});

export const contents = router().openapi(showContent, async (c) => {
  const jobId = scanIdIn(c.req.param("id"));
  const { by, why } = await readBody(c, ContentRequest);
  const content = await requireContent(c.env, jobId);
  const change = { by, action: "job.content", target: jobId, detail: { why } };
  await auditOrRefuse(c, change, perHour);
  const { supported } = adaptersOf(c.env).models;
  const models = supported.map(({ name, provider }) => ({ name, provider }));
  return c.json({ ...(await contentView(c.env, jobId, content)), models }, 200);
});
