import { callbackUrlError } from "../webhooks/callback-url-error.ts";
import { webhookSecrets } from "../webhooks/webhook-signature.ts";
import { invalidValue } from "./problem.ts";

/** The normalised callback URL of a request; null when it names none. */
export function callbackUrlOf(
  address: string | null | undefined,
  env: Pick<Env, "AUTH_MODE" | "WEBHOOK_SECRETS">,
): string | null {
  if (!address) return null;
  if (webhookSecrets(env).length === 0) {
    throw invalidValue(
      "callback_url",
      "is not served here: set WEBHOOK_SECRETS to whsec_ and 24 to 64 random bytes in base64",
    );
  }
  const refusal = callbackUrlError(address, env);
  if (refusal) throw invalidValue("callback_url", refusal);
  const url = new URL(address);
  url.hash = "";
  return url.href;
}
