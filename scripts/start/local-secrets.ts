import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newVapidPrivateKey, vapidPublicKeyOf } from "./vapid-keys.ts";

/** The secrets that a local server makes for itself, with the file beside its state that keeps each. */
const made = {
  SIGNING_SECRET: { file: "signing-secret", make: () => random("base64url") },
  OPS_TOKEN: { file: "ops-token", make: () => random("base64url") },
  // https://www.standardwebhooks.com
  WEBHOOK_SECRETS: { file: "webhook-secret", make: () => `whsec_${random("base64")}` },
  VAPID_PRIVATE_KEY: { file: "vapid-key", make: newVapidPrivateKey },
} as const;
type Name = keyof typeof made;

const random = (encoding: "base64" | "base64url") => randomBytes(32).toString(encoding);

/** What goes with them. No push service reaches the operator of a local server. */
const vapidSubject = "mailto:nobody@localhost";

/** Secrets with which everything works on a fresh machine. */
export interface LocalSecrets {
  values: Record<Name | "VAPID_PUBLIC_KEY" | "VAPID_SUBJECT", string>;
  /** Those that were made just now. */
  fresh: ReadonlySet<string>;
}

/** Reads the secrets of a state, and makes those that are missing: they stay as long as it does. */
export async function localSecrets(persistTo: string): Promise<LocalSecrets> {
  const fresh = new Set<string>();
  async function kept(name: Name): Promise<string> {
    const file = join(persistTo, made[name].file);
    if (!existsSync(file)) {
      await mkdir(persistTo, { recursive: true });
      // At once, so that a start that dies here leaves no empty secret.
      await writeFile(`${file}.new`, made[name].make(), { mode: 0o600 });
      await rename(`${file}.new`, file);
      fresh.add(name);
    }
    return readFile(file, "utf8");
  }
  const VAPID_PRIVATE_KEY = await kept("VAPID_PRIVATE_KEY");
  const values = {
    SIGNING_SECRET: await kept("SIGNING_SECRET"),
    OPS_TOKEN: await kept("OPS_TOKEN"),
    WEBHOOK_SECRETS: await kept("WEBHOOK_SECRETS"),
    VAPID_PRIVATE_KEY,
    VAPID_PUBLIC_KEY: vapidPublicKeyOf(VAPID_PRIVATE_KEY),
    VAPID_SUBJECT: vapidSubject,
  };
  return { values, fresh };
}
