import type { Context } from "hono";
import { z } from "zod";
import { adaptersOf } from "../adapters.ts";
import type { JobState } from "../pipeline/job.ts";
import { RegulationKey } from "../pipeline/regulation.ts";
import { ResultBody } from "../pipeline/result-body.ts";
import { pendingOf, resultOf } from "../pipeline/result.ts";
import type { EndedScan } from "../pipeline/submission.ts";
import { isoTime } from "../platform/iso.ts";
import { snapshotOf } from "../pipeline/snapshot.ts";
import { Waiting } from "../pipeline/waiting.ts";
import { callJob } from "../objects.ts";
import { idempotencyKeyOf, knownJobId, stateFound, traceparentOf } from "./job-id.ts";
import { choiceOf, Confirmation, confirmRefusals, finishRefusals } from "./confirmation.ts";
import { Problem } from "./problem.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json, jsonBody } from "./openapi/response-bodies.ts";
import { refTo } from "./openapi/json-schemas.ts";
import { idempotency, scanId, traceparent } from "./openapi/shared-parameters.ts";
import { readBody } from "./read-body.ts";
import { Fields, limitForm, readScanBody } from "./scan-body.ts";
import * as examples from "./scan-examples.ts";
import { linksOf } from "./scan-links.ts";
import { links, Pending, snapshot } from "./scan-schemas.ts";
import { submit } from "./submit-scan.ts";
import { explainWaiting } from "./load-waiting.ts";
import { requireUser, type UserEnv } from "./user.ts";

const Form = Fields.extend({
  image: z
    .file()
    .optional()
    .describe("JPEG, PNG, WebP, GIF or HEIC, of at most 10 MB and 100 megapixels."),
}).meta({
  id: "ScanForm",
  description:
    "The same as a form, with the photo itself. It takes an `image` or an `image_url`, not both.",
});

const End = z.object({ status: z.enum(["completed", "failed", "cancelled"]), at: isoTime }).meta({
  id: "ScanEnd",
  description:
    "How the scan has ended. Only once its result is deleted: its key runs no other scan.",
});

const Accepted = body("ScanAccepted", "A scan that is on its way.", {
  job_id: z.string(),
  stream_url: links.stream_url,
  result_url: links.result_url,
  status: z.literal("queued"),
  ended: End.optional(),
});

const Scan = body(
  "Scan",
  "The state of a scan, ended or not. The addresses of its streams are new ones each time.",
  { ...snapshot, waiting: Waiting.nullable(), ...links },
);

const CancelledScan = body(
  "CancelledScan",
  "The state of a scan that was cancelled, or had ended before.",
  { ...snapshot, ...links },
);

const Categories = z
  .array(
    z.object({
      id: RegulationKey,
      name: z.string(),
      display_name: z.string(),
      instructions: z.array(z.string()),
    }),
  )
  .meta({ id: "Categories", description: "The categories of the regulations." });

const jsonFields = jsonBody(Fields, {
  words: { user_input: "라벨 붙은 투명 페트병" },
  "photo and region": {
    image_url:
      "/api/v1/images/scan/26ae784d194a5760464348329af4eb9f/fc07a2d9-79e9-443a-95d9-9a3637af1fa0",
    region: "서울특별시 강남구",
  },
});

const route = defineRoutes("Scan", "user");

const submitScan = route("post", "/", "submitScan", {
  summary: "Submit a photo, words, or both",
  description:
    "Answers at once; the pipeline goes on by itself. With an `Idempotency-Key`, the same request again " +
    "is answered with the same scan, and another request under that key is refused.",
  middleware: limitForm,
  parameters: [...idempotency, traceparent],
  requestBody: {
    ...jsonFields,
    content: { ...jsonFields.content, "multipart/form-data": { schema: refTo(Form) } },
  },
  responses: {
    202: json(
      "The scan is on its way.",
      Accepted,
      ["Location", "traceparent", "RateLimit", "RateLimit-Policy"],
      { accepted: examples.accepted },
    ),
  },
  problems: [
    "IMAGE_URL_REQUIRED",
    "UNSUPPORTED_MODEL",
    "UNSUPPORTED_MEDIA_TYPE",
    "UNSUPPORTED_PHOTO_TYPE",
    "IDEMPOTENCY_KEY_REUSED",
  ],
});

const listCategories = route("get", "/categories", "listCategories", {
  summary: "The categories of the regulations",
  responses: { 200: json("The categories.", Categories) },
});

const getScanResult = route("get", "/{id}/result", "getScanResult", {
  summary: "The result of a scan",
  parameters: [scanId],
  responses: {
    200: json("The scan has ended: read `status`.", ResultBody, [], examples.results),
    202: json("It has not ended: ask again after `Retry-After`.", Pending, ["Retry-After"]),
  },
  problems: ["RESULT_NOT_FOUND"],
});

const getScan = route("get", "/{id}", "getScan", {
  summary: "The stage of a scan, why it waits, and what it has so far",
  parameters: [scanId],
  responses: {
    200: json("The scan.", Scan, [], {
      "waiting for a paused stage": {
        ...examples.snapshots.waiting,
        waiting: examples.waiting,
        ...examples.links,
      },
    }),
  },
  problems: ["RESULT_NOT_FOUND"],
});

const confirmScan = route("post", "/{id}/confirm", "confirmScan", {
  summary: "Confirm or correct the class of a scan",
  description:
    "For a completed scan with `candidates`, for an hour after its end, and once. The same scan goes on with the " +
    "class that the resident chose, on the same stream: its photo is not looked at again. The same choice again " +
    "changes nothing.",
  parameters: [scanId],
  requestBody: jsonBody(Confirmation, {
    "one of the candidates": { middle_category: "유리병" },
    words: { words: "깨진 유리컵" },
  }),
  responses: { 202: json("The scan goes on.", Accepted, ["Location"]) },
  problems: [
    "RESULT_NOT_FOUND",
    "SCAN_NOT_ENDED",
    "NOTHING_TO_CONFIRM",
    "ALREADY_CONFIRMED",
    "NOT_RECOGNISED",
  ],
});

const finishSteps = route("post", "/{id}/done-steps", "finishSteps", {
  summary: "Finish what a scan left to do",
  description:
    "For a completed scan without a character, whose `reward_refusal` is `insufficiencies` or `words_limit`, for an " +
    "hour after its end: the resident has done the steps. The same scan goes on at its last stage, on the same " +
    "stream, with no insufficiencies, and gives its character. It takes no body. The same call again changes nothing.",
  parameters: [scanId],
  responses: { 202: json("The scan goes on.", Accepted, ["Location"]) },
  problems: ["RESULT_NOT_FOUND", "SCAN_NOT_ENDED", "NOTHING_TO_FINISH"],
});

const cancelScan = route("delete", "/{id}", "cancelScan", {
  summary: "Cancel a scan",
  description: "One that has ended stays as it is, however often this is asked.",
  parameters: [scanId],
  responses: {
    200: json("The scan as it has ended.", CancelledScan, [], {
      "it had ended before": { ...examples.snapshots.ended, ...examples.links },
    }),
  },
  problems: ["RESULT_NOT_FOUND"],
});

async function answerResult(c: Context<UserEnv>, id: string) {
  const state = await visible(c.env, id, c.get("userId"));
  const ended = resultOf(state);
  if (ended) return c.json(ended, 200);
  return c.json(pendingOf(state, Date.now()), 202, { "retry-after": "2" });
}

export const scan = router<UserEnv>(requireUser)
  .openapi(submitScan, async (c) => {
    const userId = c.get("userId");
    const key = await idempotencyKeyOf(c, userId);
    const sent = await readScanBody(c);
    const traceparent = traceparentOf(c.req.header("traceparent"));
    const { jobId, reply, links } = await submit(c, { sent, key, traceparent });
    const { stream_url, result_url } = links;
    if (reply.verdict === "conflict") {
      throw new Problem(
        "IDEMPOTENCY_KEY_REUSED",
        "This key was used for another request; use a new one.",
      );
    }
    const ended = reply.verdict === "ended" ? endOf(reply.ended) : undefined;
    const accepted = { job_id: jobId, stream_url, result_url, status: "queued" as const, ended };
    return c.json(accepted, 202, {
      location: result_url,
      traceparent: reply.verdict === "accepted" ? reply.state.traceparent : traceparent,
    });
  })

  .openapi(listCategories, async (c) => {
    const { documents } = await adaptersOf(c.env).regulations.current();
    return c.json(
      [...documents.values()].map(({ key, category, name, steps }) => ({
        id: key,
        name: category.middle,
        display_name: name,
        instructions: steps,
      })),
      200,
    );
  })

  .openapi(getScanResult, (c) => answerResult(c, c.req.param("id")))

  .openapi(getScan, async (c) => {
    const state = await visible(c.env, c.req.param("id"), c.get("userId"));
    const waiting = await explainWaiting(c.env, state);
    return c.json(
      { ...snapshotOf(state, Date.now()), waiting, ...(await linksOf(c.env, state)) },
      200,
    );
  })

  .openapi(confirmScan, async (c) => {
    const userId = c.get("userId");
    const id = knownJobId(c.req.param("id"));
    const choice = await choiceOf(await readBody(c, Confirmation), adaptersOf(c.env));
    const { reply, state } = stateFound(
      await callJob(c.env, id, (job) => job.confirm(userId, choice)),
    );
    if (reply !== "confirmed") throw confirmRefusals[reply]();
    const { stream_url, result_url } = await linksOf(c.env, state);
    const accepted = { job_id: id, stream_url, result_url, status: "queued" as const };
    return c.json(accepted, 202, { location: result_url });
  })

  .openapi(finishSteps, async (c) => {
    const userId = c.get("userId");
    const id = knownJobId(c.req.param("id"));
    const { reply, state } = stateFound(await callJob(c.env, id, (job) => job.finishSteps(userId)));
    if (reply !== "finished") throw finishRefusals[reply]();
    const { stream_url, result_url } = await linksOf(c.env, state);
    const accepted = { job_id: id, stream_url, result_url, status: "queued" as const };
    return c.json(accepted, 202, { location: result_url });
  })

  .openapi(cancelScan, async (c) => {
    const userId = c.get("userId");
    const id = knownJobId(c.req.param("id"));
    const state = stateFound(await callJob(c.env, id, (job) => job.cancel(userId)));
    return c.json({ ...snapshotOf(state, Date.now()), ...(await linksOf(c.env, state)) }, 200);
  });

const endOf = ({ status, endedAt }: EndedScan) => End.parse({ status, at: endedAt });

/** The result's other name, of the predecessor. An API document that had both would be ambiguous. */
scan.get("/result/:id", (c) => answerResult(c, c.req.param("id")));

const visible = async (env: Env, id: string, userId: string): Promise<JobState> =>
  stateFound(await callJob(env, knownJobId(id), (job) => job.snapshot(userId)));
