/** Prints a new pair of VAPID keys, as `.prod.vars` has them. */
import { commandOptions } from "./command-options.ts";
import { newVapidPrivateKey, vapidPublicKeyOf } from "./start/vapid-keys.ts";

commandOptions(
  `Usage: npm run vapid -- [options]

  It has none: it prints a new pair of keys for Web Push, for .prod.vars. A new pair ends every subscription.`,
  { options: {} },
);

const key = newVapidPrivateKey();
console.log(`VAPID_PUBLIC_KEY=${vapidPublicKeyOf(key)}\nVAPID_PRIVATE_KEY=${key}`);
