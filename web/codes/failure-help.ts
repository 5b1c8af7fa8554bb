import type { KnownFailureCode } from "../../client/src/wire.ts";
import type { CodeHelp } from "./code-help.ts";

const byItself = "Nothing: the stage is tried again by itself, and the scan goes on.";
const redriven = "A scan that used up its attempts is parked, and redriven when the cause is gone.";
const keyOf =
  "The operator checks the provider's key and account. Fallback models answer meanwhile, if there are any.";
const otherInput = "Ask the resident for another photo or other words, and submit another scan.";

/** What each failure of a scan means, and what to do. */
export const failureHelp: Readonly<Record<KnownFailureCode, CodeHelp>> = {
  MODEL_REFUSED: {
    means: "The model, or the provider's content filter, refuses this photo or these words.",
    todo: [otherInput],
  },
  NOT_RECOGNISED: {
    means: "Neither the photo nor the words name an item that is known.",
    todo: [otherInput],
  },
  MODEL_UNAUTHORIZED: { means: "The provider refuses the key.", todo: [keyOf] },
  MODEL_BILLING_REQUIRED: { means: "The provider's account cannot be billed.", todo: [keyOf] },
  MODEL_NOT_FOUND: {
    means: "The provider does not have the model, or not for this account.",
    todo: ["The operator sets another DEFAULT_MODEL.", keyOf],
  },
  MODEL_UNSUPPORTED: {
    means: "The model is not configured on this server, or is not supported any more.",
    todo: ["Take a model of GET /api/v1/models."],
  },
  MODEL_UNSUPPORTED_INPUT: {
    means: "The model does not take this photo: its type, its size, or what is in the file.",
    todo: ["Send a JPEG or PNG of at most 10 MB."],
  },
  MODEL_REQUEST_REJECTED: {
    means: "The provider refuses the request as it is.",
    todo: [otherInput],
  },
  MODEL_QUOTA_EXHAUSTED: {
    means: "The provider's quota is used up.",
    todo: ["The operator raises it, or waits until it is refilled.", redriven],
  },
  MODEL_RATE_LIMITED: { means: "The provider answers 429.", todo: [byItself, redriven] },
  MODEL_UNAVAILABLE: {
    means: "The provider fails, or has no capacity.",
    todo: [byItself, redriven],
  },
  MODEL_UNREACHABLE: { means: "The provider was not reached.", todo: [byItself, redriven] },
  MODEL_OUTPUT_INVALID: { means: "The model's reply does not fit its schema.", todo: [byItself] },
  MODEL_OUTPUT_TRUNCATED: { means: "The model's reply ends before it is whole.", todo: [byItself] },
  MODEL_PHOTO_UNREACHABLE: {
    means: "The address of the photo does not answer the provider.",
    todo: [
      "Upload the photo instead of sending image_url, or look why its host does not answer.",
      byItself,
    ],
  },
  MODEL_RETIRED: {
    means:
      "The provider has retired the model, and its successor answered. It is the reason of a fallback.",
    todo: ["Name the successor, or leave model out."],
  },
  PROVIDER_PAUSED: {
    means:
      "The provider failed several times in a row, so that it was not called. It is the reason of a fallback, or of a call that was left out.",
    todo: [byItself, "The operator sees the circuit breaker in /ops."],
  },
  MODELS_UNAVAILABLE: { means: "No model could be called.", todo: [byItself, redriven] },
  COST_LIMIT_REACHED: {
    means: "The scan has cost as much as MAX_COST_PER_SCAN_USD allows.",
    todo: ["Submit another scan with more words.", "The operator raises the limit."],
  },
  PHOTO_GONE: {
    means:
      "The photo is not stored any more, or its address is not public or does not answer with it.",
    todo: ["Upload the photo again, and submit another scan."],
  },
  PHOTOS_BUSY: { means: "Too many large photos are on their way to models.", todo: [byItself] },
  PHOTO_NOT_CONVERTED: {
    means: "Cloudflare Images has not converted the photo to a type that the model takes.",
    todo: [byItself, "Send a JPEG or PNG."],
  },
  REGULATIONS_MISSING: {
    means: "No regulations are published.",
    todo: ["The operator publishes them: npm run regulations:publish.", redriven],
  },
  REGULATIONS_INVALID: {
    means: "The published regulations cannot be read.",
    todo: [
      "The operator rolls back to the version before: npm run regulations:rollback.",
      redriven,
    ],
  },
  DEADLINE_EXCEEDED: {
    means: "The attempt has not ended within its deadline.",
    todo: [byItself, redriven],
  },
  ATTEMPT_LOST: { means: "The Worker that ran the attempt is gone.", todo: [byItself] },
  MESSAGE_LOST: {
    means: "The stage's message has not arrived in time, and was sent again.",
    todo: [byItself],
  },
  MESSAGE_EXPIRED: {
    means: "The stage waited longer than it may, as during a long pause.",
    todo: [redriven, "The operator redrives it earlier in /ops."],
  },
  OBJECT_RESET: { means: "The scan's Durable Object was reset, as by a deploy.", todo: [byItself] },
  OBJECT_OVERLOADED: { means: "The scan's Durable Object had too much to do.", todo: [byItself] },
  INTERNAL: {
    means: "The stage failed in a way that nobody expected. The log has the reason.",
    todo: [byItself, "If the scan stays parked, report its id."],
  },
  STAGE_PAUSED: {
    means: "An operator has paused the stage. retry_at says when it is looked at again.",
    todo: ["Nothing: the scan goes on when the pause ends."],
  },
  DISCARDED: {
    means: "An operator has ended the scan. message is for the resident.",
    todo: ["Submit another scan."],
  },
  REDRIVES_USED_UP: {
    means: "The scan was redriven as often as it may, and failed each time.",
    todo: ["Submit another scan.", "The operator finds the cause among the archived dead letters."],
  },
  MESSAGE_UNREADABLE: {
    means: "A message of a queue is not one of this version. It was archived as it is.",
    todo: ["The operator reads it in /ops, and reports it."],
  },
  JOB_NOT_FOUND: {
    means: "A message belongs to a scan that is not there any more.",
    todo: ["Nothing, when its user was erased or the scan ended more than an hour ago."],
  },
};
