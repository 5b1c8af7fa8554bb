import { z } from "zod";
import { callAccount } from "../objects.ts";
import { isoTime } from "../platform/iso.ts";
import { parseRows } from "../platform/parse-rows.ts";
import { sha256 } from "../platform/sha256.ts";
import { isPushEndpoint } from "../web-push/push-endpoint.ts";
import { vapidPublicKey } from "../web-push/vapid.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, empty, json, jsonBody, requestSchema } from "./openapi/response-bodies.ts";
import { inPath } from "./openapi/shared-parameters.ts";
import { found, invalidValue } from "./problem.ts";
import { readBody } from "./read-body.ts";
import { requireUser, type UserEnv } from "./user.ts";

const nullable = z.string().nullable();

const Ended = z.object({
  job_id: z.string(),
  status: z.string().meta({ enum: ["completed", "failed", "cancelled"] }),
  ended_at: isoTime,
  major: nullable,
  middle: nullable,
  minor: nullable,
  error_code: nullable,
});

const PushState = body(
  "PushState",
  "What a service worker needs to subscribe, and to show a push.",
  {
    public_key: nullable.describe(
      "The server's VAPID key in base64url; null where Web Push is off.",
    ),
    subscriptions: z.array(z.string()).describe("The ids of the user's subscriptions."),
    ended: z
      .array(Ended.extend({ ended_at: z.iso.datetime() }))
      .describe("The scans that were parked and have ended, the newest end first; 20 at most."),
  },
);

const PushSubscription = requestSchema(
  "PushSubscription",
  "A browser, as its `PushManager` names it.",
  {
    endpoint: z.string().max(2_000).describe("A URL of a known push service."),
  },
);

const Subscribed = body("PushSubscribed", "The browser is notified from now on.", {
  id: z.string().describe("Names the subscription."),
});

const route = defineRoutes("Users", "user");

const getPush = route("get", "/me/push", "getPush", {
  summary: "The parked scans that have ended, and the key to subscribe with",
  description:
    "A push has no payload: the service worker that receives it asks here what it is about.",
  responses: { 200: json("The key, and the ends.", PushState) },
});

const subscribePush = route("post", "/me/push", "subscribePush", {
  summary: "Get notified when a parked scan ends",
  description:
    "A Web Push when a scan that was parked completes or fails. Five browsers at most; the oldest makes room. " +
    "Doing it again changes nothing.",
  requestBody: jsonBody(PushSubscription, {
    Chrome: { endpoint: "https://fcm.googleapis.com/fcm/send/cH4n9e:APA91bE" },
  }),
  responses: { 200: json("Subscribed.", Subscribed) },
  problems: ["NO_PUSH"],
});

const unsubscribePush = route("delete", "/me/push/{id}", "unsubscribePush", {
  parameters: [inPath("id", "The subscription's `id`.", "f3b1c2d4e5a60718293a4b5c6d7e8f90")],
  summary: "Unsubscribe a browser",
  responses: { 204: empty("The browser is not subscribed.") },
});

export const push = router<UserEnv>(requireUser)
  .openapi(getPush, async (c) => {
    const state = await callAccount(c.env, c.get("userId"), (account) => account.pushState());
    const ended = parseRows(Ended, state.ended, { store: "scans" });
    const { subscriptions } = state;
    return c.json({ public_key: vapidPublicKey(c.env), subscriptions, ended }, 200);
  })

  .openapi(subscribePush, async (c) => {
    const { endpoint } = await readBody(c, PushSubscription);
    found(vapidPublicKey(c.env), "NO_PUSH", "The VAPID keys are not set.");
    if (!isPushEndpoint(endpoint, c.env)) {
      throw invalidValue("endpoint", "has to be an https URL of a known push service");
    }
    const id = (await sha256(endpoint)).slice(0, 32);
    await callAccount(c.env, c.get("userId"), (account) => account.addPush(id, endpoint));
    return c.json({ id }, 200);
  })

  .openapi(unsubscribePush, async (c) => {
    const { id } = c.req.param();
    await callAccount(c.env, c.get("userId"), (account) => account.removePush(id));
    return c.body(null, 204);
  });
