import { z } from "zod";
import { Fields } from "../src/api/scan-body.ts";
import { RegulationKey } from "../src/pipeline/regulation.ts";
import { json, type jsonBody } from "./bodies.ts";
import { answers, sends } from "./components.ts";
import { operation, type Resource } from "./operation.ts";
import { idempotency, scanId, traceparent } from "./parameters.ts";
import {
  cancelledSnapshot,
  jobId,
  links as linked,
  results,
  waitingFor,
  waitingSnapshot,
} from "./scan-examples.ts";
import { links, Pending, Result, snapshot, Waiting } from "./snapshot.ts";

const fieldsSay = {
  image_url: "A photo: the `cdn_url` of an upload of one's own, or a public https address.",
  user_input: "What the resident says of it.",
  model: "One of `GET /api/v1/models`; without it, its `default`.",
  region: "Where the resident lives, such as 서울특별시 강남구; adds what that municipality says.",
  callback_url: "Is told when the scan ends or is parked; https, a public host, port 443.",
  reuse: "Whether a cached result for the same photo may be used; without it, yes.",
};
const Submission = sends(
  "ScanSubmission",
  Fields,
  "A photo, words, or both. An empty field is an absent one.",
  fieldsSay,
);
const Form = sends(
  "ScanForm",
  Fields.extend({ image: z.file().optional() }),
  "The same as a form, with the photo itself. It takes an `image` or an `image_url`, not both.",
  { ...fieldsSay, image: "JPEG, PNG, WebP, GIF or HEIC, of at most 10 MB and 50 megapixels." },
);

const Accepted = answers(
  "ScanAccepted",
  z.object({
    job_id: z.string(),
    stream_url: links.stream_url,
    result_url: links.result_url,
    status: z.literal("queued"),
  }),
  "A scan that is on its way.",
);
const Snapshot = answers(
  "Scan",
  z.object({ ...snapshot, waiting: Waiting.nullable(), ...links }),
  "What is known of a scan, ended or not. The addresses of its streams are new ones each time.",
);
const Cancelled = answers(
  "CancelledScan",
  z.object({ ...snapshot, ...links }),
  "What is known of a scan that was cancelled, or had ended before.",
);
const Categories = answers(
  "Categories",
  z.array(
    z.object({
      id: RegulationKey,
      name: z.string(),
      display_name: z.string(),
      instructions: z.array(z.string()),
    }),
  ),
  "The categories of the regulations.",
);

const jsonSubmission: ReturnType<typeof jsonBody>["contents"][number] = {
  mediaType: "application/json",
  schema: Submission,
  examples: {
    words: { user_input: "라벨 붙은 투명 페트병" },
    "photo and region": {
      image_url:
        "/api/v1/images/scan/26ae784d194a5760464348329af4eb9f/fc07a2d9-79e9-443a-95d9-9a3637af1fa0",
      region: "서울특별시 강남구",
    },
  },
};

const isUnknown = ["RESULT_NOT_FOUND"] as const;

export const scan: Resource = {
  tag: "Scan",
  description: "Submit a scan, ask for it, and cancel it.",
  operations: [
    operation("post", "/api/v1/scan", {
      id: "submitScan",
      summary: "Submit a photo, words, or both",
      description:
        "Answers at once; the work goes on by itself. With an `Idempotency-Key`, the same request again " +
        "is answered with the same scan, and another request under that key is refused.",
      access: "user",
      parameters: [...idempotency, traceparent],
      body: {
        required: true,
        contents: [
          jsonSubmission,
          { mediaType: "multipart/form-data", schema: Form, examples: {} },
        ],
      },
      answers: {
        202: json(
          "The scan is on its way.",
          Accepted,
          {
            accepted: {
              job_id: jobId,
              stream_url: linked.stream_url,
              result_url: linked.result_url,
              status: "queued",
            },
          },
          ["Location", "traceparent", "RateLimit", "RateLimit-Policy"],
        ),
      },
      problems: [
        "MALFORMED_JSON",
        "IMAGE_URL_REQUIRED",
        "UNSUPPORTED_MODEL",
        "PAYLOAD_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "IDEMPOTENCY_KEY_REUSED",
        "VALIDATION_ERROR",
      ],
    }),
    operation("get", "/api/v1/scan/categories", {
      id: "listCategories",
      summary: "The categories of the regulations",
      access: "user",
      answers: {
        200: json("The categories.", Categories, {
          "the first": [
            {
              id: "재활용폐기물_종이",
              name: "종이",
              display_name: "종이류",
              instructions: ["물기나 음식물이 묻지 않은 깨끗한 종이만 골라 주세요."],
            },
          ],
        }),
      },
    }),
    operation("get", "/api/v1/scan/:id/result", {
      id: "getScanResult",
      summary: "The result of a scan",
      access: "user",
      parameters: [scanId],
      answers: {
        200: json("The scan has ended: read `status`.", Result, results),
        202: json(
          "It has not ended: ask again after `Retry-After`.",
          Pending,
          {
            processing: {
              status: "processing",
              message: "분석하고 있어요.",
              current_stage: "answer",
              progress: 50,
              attempt: 0,
              next_retry_at: null,
              last_error: null,
            },
            parked: {
              status: "parked",
              message: "잠시 멈췄어요. 자동으로 다시 시작해서 이어서 분석할게요.",
              current_stage: "answer",
              progress: 50,
              attempt: 3,
              next_retry_at: null,
              last_error: {
                code: "MODEL_UNAVAILABLE",
                message: "The model gpt-5.2 did not answer.",
              },
            },
          },
          ["Retry-After"],
        ),
      },
      problems: isUnknown,
    }),
    operation("get", "/api/v1/scan/:id", {
      id: "getScan",
      summary: "Where a scan is, why it waits, and what it has so far",
      access: "user",
      parameters: [scanId],
      answers: {
        200: json("The scan.", Snapshot, {
          "waiting for a paused stage": { ...waitingSnapshot, waiting: waitingFor, ...linked },
        }),
      },
      problems: isUnknown,
    }),
    operation("delete", "/api/v1/scan/:id", {
      id: "cancelScan",
      summary: "Cancel a scan",
      description: "One that has ended stays as it is, however often this is asked.",
      access: "user",
      parameters: [scanId],
      answers: {
        200: json("The scan as it has ended.", Cancelled, {
          cancelled: { ...cancelledSnapshot, ...linked },
        }),
      },
      problems: isUnknown,
    }),
  ],
};
