import { post, type PostResult } from "./post.ts";
import { signedHeaders, webhookSecrets } from "./webhook-signature.ts";

interface PostOptions {
  timeoutMs: number;
  headers?: Record<string, string>;
}

/** Signs a webhook and POSTs it. Redirects are not followed. It never rejects. */
export async function postWebhook(
  url: string,
  { id, body }: { id: string; body: string },
  env: Pick<Env, "WEBHOOK_SECRETS">,
  { timeoutMs, headers = {} }: PostOptions,
): Promise<PostResult> {
  let secrets: string[];
  try {
    secrets = webhookSecrets(env);
  } catch (error) {
    // The setting is not valid. An operator can repair it within the delivery window.
    return { status: null, error: String(error) };
  }
  if (secrets.length === 0) return { status: null, error: "WEBHOOK_SECRETS is empty." };
  const signed = signedHeaders(secrets, { id, at: new Date(), body });
  const all = { "content-type": "application/json", ...signed, ...headers };
  return post(url, { body, headers: all, timeoutMs });
}
