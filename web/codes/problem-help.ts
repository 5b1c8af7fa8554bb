import type { ProblemCode } from "../../client/src/wire.ts";
import type { CodeHelp } from "./code-help.ts";

const checkId = "Check the id. A list of the same resource names those that are there.";
const retryLater = "Send the same request again after Retry-After.";
const sameKey = "A scan is submitted once under one Idempotency-Key, however often it is sent.";

/** What each problem of the API means, and what to do. */
export const problemHelp: Readonly<Record<ProblemCode, CodeHelp>> = {
  UNAUTHORIZED: {
    means:
      "The request has no credentials, or those it has are not valid, have expired or were revoked.",
    todo: [
      "Send Authorization: Bearer with a token, or the cookie s_access. detail says what was wrong with it.",
      "Renew a session by POST /api/v1/auth/refresh, once, and send the request again.",
      "On a local server send the X-Dev-Key that npm start prints. /api/v1/ops takes OPS_TOKEN, /api/v1/events EVENTS_TOKEN.",
    ],
  },
  SESSION_ENDED: {
    means:
      "The session that was to be renewed has ended: it expired, was logged out, or its s_refresh was used before.",
    todo: ["Let the user log in again. The cookies were removed."],
  },
  SESSION_FOREIGN: {
    means: "The token was issued by another identity provider, which alone renews it.",
    todo: ["Renew the session where the user has logged in."],
  },
  SIGNED_IN: {
    means: "A guest's session was asked for while a user is logged in.",
    todo: ["Go on as the user, or log out first."],
  },
  NO_GUESTS: {
    means: "This server has no guests: GUESTS is not on.",
    todo: ["Log in. GET /api/v1/auth/options says where.", "An operator sets GUESTS=on."],
  },
  NO_PUSH: {
    means: "This server sends no Web Push: its VAPID keys are not set.",
    todo: [
      "Do without. GET /api/v1/users/me/push has public_key null, too.",
      "An operator sets VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT; npm run vapid makes the keys.",
    ],
  },
  MALFORMED_JSON: {
    means: "The body is not JSON.",
    todo: ["detail names the place. Send UTF-8 JSON with Content-Type: application/json."],
  },
  VALIDATION_ERROR: {
    means: "A value is not valid, or a field or parameter is not known.",
    todo: [
      "errors names each value by its path, and says what is wrong with it.",
      "Compare the request with the operation in the API document. A retry without a change fails again.",
    ],
  },
  IMAGE_URL_REQUIRED: {
    means: "The scan has neither a photo nor words.",
    todo: ["Send user_input, image_url, or a file as image."],
  },
  UNSUPPORTED_MODEL: {
    means: "The model of the scan is not configured on this server.",
    todo: ["Take one of supported_models, or leave model out for the default."],
  },
  IDEMPOTENCY_KEY_REUSED: {
    means: "The idempotency key was used for a request with another body.",
    todo: [`Send a new key for a new scan. ${sameKey}`],
  },
  PAYLOAD_TOO_LARGE: {
    means: "The body is larger than the route takes.",
    todo: ["detail has the limit. A photo may have 10 MB: make it smaller before it is sent."],
  },
  UNSUPPORTED_MEDIA_TYPE: {
    means:
      "The body, or the photo in it, is of a type that is not taken. A photo's type is read from its first bytes.",
    todo: ["Send JSON or multipart/form-data, and photos as JPEG, PNG, WebP, GIF, HEIC or HEIF."],
  },
  UNSUPPORTED_PHOTO_TYPE: {
    means:
      "The model of the scan does not take photos of this type, and nothing here converts them.",
    todo: [
      "Convert the photo to one of photo_types.",
      "Take a model of GET /api/v1/models that takes it.",
    ],
  },
  IMAGE_NOT_FOUND: {
    means:
      "There is no such photo, it belongs to another user, or it was deleted: photos are kept for 30 days.",
    todo: ["Upload the photo again."],
  },
  UPLOAD_USED: {
    means: "The upload address has taken a photo before. Each takes one.",
    todo: ["Ask for a new address by POST /api/v1/images/{channel}."],
  },
  LINK_EXPIRED: {
    means: "The signed address has expired.",
    todo: ["Ask for a new one where the address came from."],
  },
  RESULT_NOT_FOUND: {
    means:
      "There is no such scan, it belongs to another user, or it ended more than an hour ago and was deleted.",
    todo: [
      "Check the id and the user.",
      "GET /api/v1/users/me/scans has the scans that have ended.",
    ],
  },
  SCAN_PURGED: {
    means:
      "For operators: the scan was there, and its content is deleted, an hour after its end or with its resident's data.",
    todo: ["GET /api/v1/events has its outcome. What it held cannot be brought back."],
  },
  SCAN_NOT_ENDED: {
    means: "This can be done once the scan has ended.",
    todo: ["Wait for the frame done, or for 200 of the result."],
  },
  NOTHING_TO_CONFIRM: {
    means: "The scan has no candidates to choose from: it was of words, or it was sure.",
    todo: ["Confirm a scan only when its certainty asks."],
  },
  ALREADY_CONFIRMED: {
    means: "The scan was confirmed with another class.",
    todo: ["Submit another scan."],
  },
  NOTHING_TO_FINISH: {
    means: "The scan has given its character, or none of its steps leads to one.",
    todo: ["Call this only when reward_refusal says that steps are left."],
  },
  NOT_RECOGNISED: {
    means: "The words of a confirmation name no item that is known.",
    todo: [
      "Ask the resident for other words.",
      "GET /api/v1/regulations/search finds known items.",
    ],
  },
  RATE_LIMITED: {
    means: "Too many requests: of this address, of this user, or of the user's quota.",
    todo: ["Wait as many seconds as Retry-After has. RateLimit has what is left of the quota."],
  },
  NOT_FOUND: {
    means: "There is no such route, or nothing of this name.",
    todo: ["Check the method, the path and the name in it. /docs has every route."],
  },
  REGULATION_NOT_FOUND: {
    means: "There is no regulation of this key.",
    todo: ["GET /api/v1/regulations has the keys."],
  },
  SCHEMA_NOT_FOUND: {
    means: "There is no schema of this type and version.",
    todo: ["GET /schemas lists them."],
  },
  DELIVERY_NOT_FOUND: { means: "There is no webhook delivery of this id.", todo: [checkId] },
  DELIVERY_PENDING: {
    means: "The webhook is still being delivered.",
    todo: ["Wait: it is sent again by itself, for a day."],
  },
  REDRIVE_NOT_FOUND: { means: "There is no redrive of this id.", todo: [checkId] },
  PROJECTION_NOT_FOUND: { means: "There is no projection of this name.", todo: [checkId] },
  REVOCATION_NOT_FOUND: { means: "Nothing of this kind and value is revoked.", todo: [checkId] },
  UPGRADE_REQUIRED: {
    means: "The route takes WebSockets alone.",
    todo: ["Open the address as a WebSocket, or take stream_url for server-sent events."],
  },
  EVENTS_UNREADABLE: {
    means: "The events first_cursor to last_cursor of the log cannot be read now.",
    todo: [retryLater, "detail says how to go on without them."],
  },
  AUTH_UNAVAILABLE: {
    means:
      "What is needed to authenticate the caller was not reached, such as the keys of the identity provider.",
    todo: [retryLater, "If it stays, an operator looks at AUTH_JWKS_URL."],
  },
  NOT_CONFIGURED: {
    means: "This server lacks a setting that the route needs.",
    todo: ["An operator sets what detail names. GET /ready has all that is missing."],
  },
  UNAVAILABLE: {
    means:
      "A part of the server was restarted, is overloaded, or has no storage left. Nothing was done.",
    todo: [retryLater, sameKey],
  },
  INTERNAL_ERROR: {
    means: "The server failed in a way that nobody expected. Its log has the reason.",
    todo: [`Send the same request once more. ${sameKey}`, "If it stays, report when it happened."],
  },
};
