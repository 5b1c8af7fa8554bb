import { z } from "zod";
import { callAccount } from "../objects.ts";
import { sha256 } from "../platform/sha256.ts";
import type { Delivery } from "../webhooks/delivery.ts";
import { post, type PostResult } from "../webhooks/post.ts";
import { isPushEndpoint } from "./push-endpoint.ts";
import { PushData } from "./push-messages.ts";
import { vapidHeader } from "./vapid.ts";

/** How long a push service keeps a push for a browser that is not there, s. */
const ttlSeconds = 24 * 60 * 60;

const Payload = z.object({ data: PushData });

const refused = (error: string): PostResult => ({ status: null, error, isPermanent: true });

/**
 * Sends a push to the browser of a subscription. It has no payload: the page's service worker asks the API what has
 * ended. A subscription that its service does not know any more is dropped.
 */
export async function postPush(
  { id, user_id: userId, payload }: Pick<Delivery, "id" | "user_id" | "payload">,
  env: Env,
  timeoutMs: number,
): Promise<PostResult> {
  const { subscription } = Payload.parse(JSON.parse(payload)).data;
  const endpoint = await callAccount(env, userId, (it) => it.pushEndpoint(subscription));
  if (endpoint === null) return refused("The browser is not subscribed any more.");
  if (!isPushEndpoint(endpoint, env)) return refused("The endpoint is of no known push service.");
  let authorization: string;
  try {
    authorization = await vapidHeader(env, new URL(endpoint).origin, Date.now());
  } catch (error) {
    // The settings are not valid. An operator can repair them within the delivery window.
    return { status: null, error: String(error) };
  }
  const headers = {
    authorization,
    ttl: String(ttlSeconds),
    urgency: "normal",
    // A push that is repeated replaces the one that still waits (RFC 8030, section 5.4): 32 characters at most.
    topic: (await sha256(id)).slice(0, 32),
  };
  const result = await post(endpoint, { headers, timeoutMs });
  if (result.status !== 404 && result.status !== 410) return result;
  await callAccount(env, userId, (it) => it.removePush(subscription));
  return { ...result, isPermanent: true };
}
