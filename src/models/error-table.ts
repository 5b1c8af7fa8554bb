import type { KnownFailureCode } from "../pipeline/failure-codes.ts";

/** What the pipeline does with an error of a model call. */
interface ErrorRule {
  /** `permanent`: this model cannot do it. `transient`: another attempt may help. */
  kind: "permanent" | "transient";
  /** Whether the next candidate is called at once. */
  canFallBack?: true;
  /** Whether it counts as a failure of the provider. */
  countsForBreaker?: true;
  /** Whether an operator has to act. */
  alerts?: true;
}

/** The errors of model calls by our code. */
export const errorRules = {
  /** A refusal is an answer. No other model is asked. */
  MODEL_REFUSED: { kind: "permanent" },
  /** Neither the photo nor the words name an item. It is the resident who can help. */
  NOT_RECOGNISED: { kind: "permanent" },
  MODEL_UNAUTHORIZED: { kind: "permanent", canFallBack: true, alerts: true },
  MODEL_BILLING_REQUIRED: { kind: "permanent", canFallBack: true, alerts: true },
  MODEL_NOT_FOUND: { kind: "permanent", canFallBack: true, alerts: true },
  MODEL_UNSUPPORTED: { kind: "permanent", canFallBack: true },
  MODEL_UNSUPPORTED_INPUT: { kind: "permanent", canFallBack: true, alerts: true },
  MODEL_REQUEST_REJECTED: { kind: "permanent", canFallBack: true },
  /** A quota is refilled, so without a fallback the scan waits and is parked. It does not fail. */
  MODEL_QUOTA_EXHAUSTED: { kind: "transient", canFallBack: true, alerts: true },
  MODEL_RATE_LIMITED: { kind: "transient", countsForBreaker: true },
  MODEL_UNAVAILABLE: { kind: "transient", countsForBreaker: true },
  MODEL_UNREACHABLE: { kind: "transient", countsForBreaker: true },
  DEADLINE_EXCEEDED: { kind: "transient", countsForBreaker: true },
  MODEL_OUTPUT_INVALID: { kind: "transient" },
  MODEL_OUTPUT_TRUNCATED: { kind: "transient" },
  /** The provider could not download the photo. The photo's host is at fault. */
  MODEL_PHOTO_UNREACHABLE: { kind: "transient" },
  PHOTOS_BUSY: { kind: "transient" },
  /** Cloudflare Images is at fault, or does not read the photo. */
  PHOTO_NOT_CONVERTED: { kind: "transient" },
} as const satisfies Partial<Record<KnownFailureCode, ErrorRule>>;

export type ModelErrorCode = keyof typeof errorRules;

const otherErrors: ErrorRule = { kind: "transient", countsForBreaker: true };
const rules: Readonly<Record<string, ErrorRule>> = errorRules;

/** The rule of a code. An error that is not the model's counts for the breaker, unless it is permanent. */
export const errorRule = (code: string): ErrorRule => rules[code] ?? otherErrors;

/** Whether an error is the provider's fault, and not one of the photo or of an unusable reply. */
export function isOfProvider(code: string): boolean {
  const { countsForBreaker, alerts } = errorRule(code);
  return countsForBreaker === true || alerts === true;
}

/** Codes that an alert is raised for. */
export const alertCodes: readonly string[] = Object.entries(rules).flatMap(([code, { alerts }]) =>
  alerts ? [code] : [],
);

/** What a provider reported: an error, or why it stopped to generate. */
export interface Report {
  /** HTTP status, or the number that an error in a stream has instead; null without one. */
  status: number | null;
  /** Values of `code`, `type`, `status`, `reason` and the like in the error, at any depth. */
  words: readonly string[];
  message: string;
}

/** A row matches when each of its columns matches. */
interface ErrorCase {
  status?: RegExp;
  /** Matches one of the words. */
  word?: RegExp;
  message?: RegExp;
  /** Matches a word of the finish reason. A row with this column matches finish reasons alone. */
  finish?: RegExp;
  code: ModelErrorCode;
}

/** Matches one of the words, which spaces separate, in any case. */
const oneOf = (words: string) => new RegExp(`^(?:${words.trim().split(/\s+/).join("|")})$`, "i");

const refusals = oneOf(`
  content_filter content_policy_violation image_content_policy_violation refusal
  responsibleaipolicyviolation moderation_blocked invalid_prompt sensitive safety
  prohibited_content recitation blocklist spii image_safety image_prohibited_content
  image_recitation 2016 2017
`);

/**
 * What providers report, and our code for it. The first row that matches decides. Numbers as words are
 * codes of Workers AI (https://developers.cloudflare.com/workers-ai/platform/errors/), and 2016 and 2017
 * those of AI Gateway's guardrails.
 */
const errorCases: readonly ErrorCase[] = [
  { finish: refusals, code: "MODEL_REFUSED" },
  {
    finish: oneOf("length max_tokens max_output_tokens model_length"),
    code: "MODEL_OUTPUT_TRUNCATED",
  },
  { finish: oneOf("error insufficient_system_resource"), code: "MODEL_UNAVAILABLE" },

  { word: refusals, code: "MODEL_REFUSED" },
  {
    message: /(?:timeout|timed out|error) while downloading/i,
    code: "MODEL_PHOTO_UNREACHABLE",
  },
  { word: oneOf("failed_to_download_image"), code: "MODEL_PHOTO_UNREACHABLE" },
  // The violations of Gemini's QuotaFailure name a quota, such as GenerateRequestsPerDayPerProject.
  { word: /PerDay/, code: "MODEL_QUOTA_EXHAUSTED" },
  { word: oneOf("insufficient_quota 3036 4006"), code: "MODEL_QUOTA_EXHAUSTED" },
  {
    word: oneOf(`
      billing_not_active billing_hard_limit_reached billing_disabled insufficient_balance
      insufficient_credits payment_required
    `),
    code: "MODEL_BILLING_REQUIRED",
  },
  {
    message: /enable billing|billing to be enabled|free tier is not available/i,
    code: "MODEL_BILLING_REQUIRED",
  },
  { status: oneOf("402"), code: "MODEL_BILLING_REQUIRED" },
  {
    word: oneOf(`
      invalid_api_key api_key_invalid account_deactivated consumer_suspended authentication_error
      permission_error
    `),
    code: "MODEL_UNAUTHORIZED",
  },
  { message: /api key (?:not valid|not found|expired)/i, code: "MODEL_UNAUTHORIZED" },
  {
    word: oneOf(`
      model_not_found deploymentnotfound model_decommissioned not_found_error 5007 5018 3041 3042
    `),
    code: "MODEL_NOT_FOUND",
  },
  {
    status: oneOf("400 403"),
    message:
      /\bmodels?\b.{0,200}\b(?:does not exist|not found|no longer available|been (?:deprecated|retired))/is,
    code: "MODEL_NOT_FOUND",
  },
  { status: oneOf("404 410"), code: "MODEL_NOT_FOUND" },
  {
    word: oneOf(`
      context_length_exceeded string_above_max_length request_too_large 3006 unsupported_image
      unsupported_image_media_type image_parse_error invalid_image invalid_image_format
      invalid_image_url invalid_image_mode invalid_base64 invalid_base64_image empty_image_file
      image_file_too_large image_too_large image_too_small image_file_not_found
    `),
    code: "MODEL_UNSUPPORTED_INPUT",
  },
  {
    status: oneOf("400"),
    message: /unsupported (?:mime|image|media) type|unable to process input image/i,
    code: "MODEL_UNSUPPORTED_INPUT",
  },
  { status: oneOf("413 415"), code: "MODEL_UNSUPPORTED_INPUT" },
  { message: /JSON mode couldn.t be met/i, code: "MODEL_OUTPUT_INVALID" },
  // Workers AI sends 429 when it is out of capacity, which is no limit of the account.
  { word: oneOf("3040 3007 3008"), code: "MODEL_UNAVAILABLE" },
  // The binding of Workers AI has no status.
  { word: oneOf("3003 3030 3039 5004 5005 5006 5019"), code: "MODEL_REQUEST_REJECTED" },
  { word: oneOf("3023 5016 5035"), code: "MODEL_UNAUTHORIZED" },

  { status: oneOf("429"), code: "MODEL_RATE_LIMITED" },
  { status: oneOf("401 403"), code: "MODEL_UNAUTHORIZED" },
  { status: oneOf("408 409 424 425 5.."), code: "MODEL_UNAVAILABLE" },
  { status: oneOf("4.."), code: "MODEL_REQUEST_REJECTED" },

  // Errors in a stream may have words alone.
  {
    word: oneOf("rate_limit_exceeded rate_limit_error too_many_requests resource_exhausted"),
    code: "MODEL_RATE_LIMITED",
  },
  {
    word: oneOf("unauthenticated unauthorized permission_denied forbidden"),
    code: "MODEL_UNAUTHORIZED",
  },
  { word: oneOf("not_found"), code: "MODEL_NOT_FOUND" },
  {
    word: oneOf("server_error internal_error api_error overloaded_error unavailable"),
    code: "MODEL_UNAVAILABLE",
  },
  {
    word: oneOf("invalid_request_error invalid_argument bad_request failed_precondition"),
    code: "MODEL_REQUEST_REJECTED",
  },
];

/** The code of an error. An unknown error is transient. */
export function codeOfError({ status, words, message }: Report): ModelErrorCode {
  const found = errorCases.find(
    (row) =>
      !row.finish &&
      (row.status?.test(String(status)) ?? true) &&
      (row.message?.test(message) ?? true) &&
      (!row.word || words.some((word) => row.word?.test(word))),
  );
  return found?.code ?? "MODEL_UNAVAILABLE";
}

/**
 * The code of a finish reason, such as `length` or `content_filter: SAFETY`; null when the answer may be
 * usable.
 */
export function codeOfFinish(reason: string): ModelErrorCode | null {
  const words = reason.split(/[^a-z_]+/i);
  const found = errorCases.find(({ finish }) => finish && words.some((word) => finish.test(word)));
  return found?.code ?? null;
}
