import { z } from "zod";
import { callJob } from "../../objects.ts";
import { By, Why } from "../../ops-audit.ts";
import type { JobState } from "../../pipeline/job.ts";
import { costOf } from "../../pipeline/model-call.ts";
import { notFound } from "../../pipeline/refusals.ts";
import { Failure } from "../../pipeline/result-body.ts";
import { resultNotFound } from "../job-id.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json, jsonBody, requestSchema } from "../openapi/response-bodies.ts";
import { scanId } from "../openapi/shared-parameters.ts";
import { readBody } from "../read-body.ts";
import { Fields } from "../scan-body.ts";
import { snapshot } from "../scan-schemas.ts";
import { auditOrRefuse } from "./audit-or-refuse.ts";
import { Content, contentView } from "./content-view.ts";
import { requireContent, requireReply, scanIdIn } from "./require-job.ts";
import { submitTest, testRequest } from "./test-scan.ts";

/** How many tests operators may run in an hour, and how often compare, all of them together. */
const testsPerHour = 30;
const comparisonsPerHour = 60;

const TestRequest = requestSchema("TestRequest", "A scan's content run again as a test, and why.", {
  user_input: Fields.shape.user_input.describe(
    "Other words; without it, the scan's own. Empty for none.",
  ),
  model: z.string().max(200).optional().describe("Another model of `GET /api/v1/models`."),
  by: By,
  why: Why,
});
const Test = body("TestScan", "A test scan is on its way.", { job_id: z.string() });
const ComparisonRequest = requestSchema(
  "ComparisonRequest",
  "Who compares a test with its scan, and why.",
  {
    by: By,
    why: Why,
  },
);
const Side = Content.extend({
  status: snapshot.status,
  error: Failure.nullable(),
  cost_usd: z.number(),
  duration_ms: z
    .int()
    .nullable()
    .describe("From its submission to the end of its last run; null while it has not ended."),
}).meta({ id: "ComparedScan", description: "One of two scans that are compared." });
const Comparison = body("Comparison", "A test scan, and the scan whose content it has.", {
  test: Side,
  original: Side.nullable().describe("Null once it is purged, an hour after its end."),
});

const route = defineRoutes("Ops: scans", "operator");
const by = "kim";
const runTest = route("post", "/{id}/tests", "runTest", {
  summary: "Run a scan's content again as a test",
  description:
    "With other words or another model. A test gives no character, counts for no quota and is in no history; what it " +
    `costs is counted. At most ${testsPerHour} run in an hour.`,
  parameters: [scanId],
  requestBody: jsonBody(TestRequest, {
    "other words": { user_input: "라벨을 뗀 투명한 생수병", by, why: "Was it the label?" },
  }),
  responses: { 202: json("The test scan was accepted.", Test) },
  problems: [
    "RESULT_NOT_FOUND",
    "SCAN_PURGED",
    "RATE_LIMITED",
    "UNSUPPORTED_MODEL",
    "IMAGE_URL_REQUIRED",
    "UNSUPPORTED_PHOTO_TYPE",
  ],
});
const compareTest = route("post", "/{id}/comparison", "compareTest", {
  summary: "Compare a test scan with the scan whose content it has",
  description: "It has the content of both: the reason is in the audit first.",
  parameters: [scanId],
  requestBody: jsonBody(ComparisonRequest, { "a test": { by, why: "Was it the label?" } }),
  responses: { 200: json("The test scan and its original.", Comparison) },
  problems: ["RESULT_NOT_FOUND", "SCAN_PURGED", "RATE_LIMITED"],
});

export const tests = router()
  .openapi(runTest, async (c) => {
    const of = scanIdIn(c.req.param("id"));
    const { by, why, ...changes } = await readBody(c, TestRequest);
    const content = await requireContent(c.env, of);
    const { model } = testRequest(c.env, content, changes);
    // The words are no part of it.
    const detail = { why, model, words: changes.user_input === undefined ? "same" : "other" };
    const change = { by, action: "job.test", target: of, detail };
    await auditOrRefuse(c, change, testsPerHour);
    return c.json({ job_id: await submitTest(c.env, of, content.userId, changes) }, 202);
  })

  .openapi(compareTest, async (c) => {
    const id = scanIdIn(c.req.param("id"));
    const { by, why } = await readBody(c, ComparisonRequest);
    const state = await requireReply(c.env, id, await callJob(c.env, id, (job) => job.inspect()));
    if (!state.test) throw resultNotFound();
    const detail = { why, of: state.test.of };
    await auditOrRefuse(c, { by, action: "job.compare", target: id, detail }, comparisonsPerHour);
    const original = await callJob(c.env, state.test.of, (job) => job.inspect());
    const comparison = {
      test: await sideOf(c.env, state),
      original: original === notFound ? null : await sideOf(c.env, original),
    };
    return c.json(comparison, 200);
  });

async function sideOf(env: Env, state: JobState): Promise<z.infer<typeof Side>> {
  const { jobId, status, error, calls, submittedAt, endedAt } = state;
  return {
    ...(await contentView(env, jobId, await requireContent(env, jobId))),
    status,
    error,
    cost_usd: costOf(calls).cost_usd,
    duration_ms: endedAt === null ? null : endedAt - submittedAt,
  };
}
