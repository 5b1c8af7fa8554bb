import { Webhook } from "standardwebhooks";

/** `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks specifies. */
const secretForm =
  /^whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The signing secrets, newest first; none when the setting is empty.
 *
 * @throws RangeError when the setting is not valid.
 */
export function webhookSecrets({ WEBHOOK_SECRETS }: Pick<Env, "WEBHOOK_SECRETS">): string[] {
  if (!WEBHOOK_SECRETS) return [];
  const secrets = WEBHOOK_SECRETS.trim().split(/\s+/).filter(Boolean);
  if (secrets.every((secret) => secretForm.test(secret))) return secrets;
  throw new RangeError(
    "WEBHOOK_SECRETS has to be whsec_ and 24 to 64 bytes in base64; two are separated by a space",
  );
}

/**
 * The Standard Webhooks headers of one attempt, with one signature for each secret.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, at, body }: { id: string; at: Date; body: string },
): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
  };
}
