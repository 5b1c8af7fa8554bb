import { z } from "zod";
import { callAccount } from "../objects.ts";
import type { WebhookMessage } from "../pipeline/messages.ts";
import { pushType } from "../pipeline/webhook-types.ts";
import { iso } from "../platform/iso.ts";
import { vapidPublicKey } from "./vapid.ts";

/** What a push is about. Its endpoint stays in the user's object. */
export const PushData = z.object({ job_id: z.string(), subscription: z.string() });

/**
 * Sends a push to each browser that is notified of the end of a scan which was parked. The same end gives the same
 * deliveries, so that each is made once, however often this is called.
 */
export async function sendPushes(
  env: Env,
  { userId, jobId, endedAt }: { userId: string; jobId: string; endedAt: number },
): Promise<void> {
  if (vapidPublicKey(env) === null) return;
  const targets = await callAccount(env, userId, (account) => account.endParked(jobId, endedAt));
  await Promise.all(
    targets.map(({ id, service }) => {
      const message: WebhookMessage = {
        id: `${jobId}:${endedAt}:${id}`,
        url: service,
        jobId,
        userId,
        payload: {
          type: pushType,
          timestamp: iso(endedAt),
          data: { job_id: jobId, subscription: id } satisfies z.infer<typeof PushData>,
        },
      };
      return env.WEBHOOKS.send(message);
    }),
  );
}
