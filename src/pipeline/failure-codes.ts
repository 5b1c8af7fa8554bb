import { z } from "zod";

/** Why a stage, a model call or a scan can fail. A code stays what it means; others may be added. */
export const failureCodes = [
  // A model call.
  "MODEL_REFUSED",
  "NOT_RECOGNISED",
  "MODEL_UNAUTHORIZED",
  "MODEL_BILLING_REQUIRED",
  "MODEL_NOT_FOUND",
  "MODEL_UNSUPPORTED",
  "MODEL_UNSUPPORTED_INPUT",
  "MODEL_REQUEST_REJECTED",
  "MODEL_QUOTA_EXHAUSTED",
  "MODEL_RATE_LIMITED",
  "MODEL_UNAVAILABLE",
  "MODEL_UNREACHABLE",
  "MODEL_OUTPUT_INVALID",
  "MODEL_OUTPUT_TRUNCATED",
  "MODEL_PHOTO_UNREACHABLE",
  // Why a model was not called.
  "MODEL_RETIRED",
  "PROVIDER_PAUSED",
  "MODELS_UNAVAILABLE",
  "COST_LIMIT_REACHED",
  // The photo.
  "PHOTO_GONE",
  "PHOTOS_BUSY",
  "PHOTO_NOT_CONVERTED",
  // The regulations.
  "REGULATIONS_MISSING",
  "REGULATIONS_INVALID",
  // The attempt.
  "DEADLINE_EXCEEDED",
  "ATTEMPT_LOST",
  "MESSAGE_LOST",
  "MESSAGE_EXPIRED",
  "OBJECT_RESET",
  "OBJECT_OVERLOADED",
  "INTERNAL",
  // What operators do.
  "STAGE_PAUSED",
  "DISCARDED",
  "REDRIVES_USED_UP",
  // A message that nobody can act on.
  "MESSAGE_UNREADABLE",
  "JOB_NOT_FOUND",
] as const;

export type KnownFailureCode = (typeof failureCodes)[number];

/** A code as it is read: stored ones may be of another version. */
export type FailureCode = KnownFailureCode | (string & {});

const isText = (value: unknown) => typeof value === "string";

export const FailureCode = z.union([
  z.enum(failureCodes),
  z.custom<string & {}>(isText).meta({ type: "string" }),
]);

const known: ReadonlySet<string> = new Set(failureCodes);

export const isKnownFailureCode = (code: string): code is KnownFailureCode => known.has(code);
