import type { RemoteJWKSet } from "jose";
import type { StaleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import { type Origins, originsOf } from "./origins.ts";
import { type Guests, guestErrors, guestsOf, isGuest } from "./guests.ts";
import { jwksCache } from "./jwks-cache.ts";
import type { Revoked } from "./revocation.ts";
import { revocationCache } from "./revocation-store.ts";
import { secretKey } from "./secrets.ts";
import type { SharedRules } from "./session.ts";
import { type AuthSettings, readAuthSettings, type TokenRules } from "./auth-settings.ts";
import { type VerificationKeys, type Verify, tokenVerifier } from "./verify-token.ts";

/** How this deployment authenticates requests. */
export interface Auth {
  settings: AuthSettings;
  /** Verifies tokens; null where none are accepted. */
  verify: Verify | null;
  /** The rules to issue sessions by; null where another service issues them. */
  sessions: SharedRules | null;
  /** The sessions of guests; null where there are no guests. */
  guests: Guests | null;
  /** The identity provider's keys; null where there is none. */
  keys: StaleIfErrorCache<RemoteJWKSet> | null;
  revoked: StaleIfErrorCache<Revoked>;
  /** Signs stream tokens; null without `SIGNING_SECRET`. */
  signingKey: Uint8Array | null;
  origins: Origins;
  /** One sentence for each wrong setting. The deployment is not ready while there are any. */
  configErrors: readonly string[];
}

const auths = new WeakMap<Env, Auth>();

/** The auth of an environment, made once per isolate. */
export function authOf(env: Env): Auth {
  const auth = auths.get(env) ?? configureAuth(env);
  auths.set(env, auth);
  return auth;
}

function configureAuth(env: Env): Auth {
  const settings = readAuthSettings(env);
  const tokens = "tokens" in settings ? settings.tokens : null;
  const keys = tokens && keysOf(tokens);
  const signingKey = secretKey(env.SIGNING_SECRET);
  const origins = originsOf(env, settings.mode === "dev");
  return {
    settings,
    verify: tokens && keys && tokenVerifier(tokens, keys, (sub) => !isGuest(sub)),
    keys: keys?.type === "remote" ? keys.jwks : null,
    sessions: tokens && isShared(tokens) ? tokens : null,
    guests: settings.mode === "jwt" || settings.mode === "dev" ? guestsOf(env) : null,
    revoked: revocationCache(env.DB),
    signingKey: signingKey.key,
    origins,
    configErrors: [
      ...(settings.mode === "closed" ? [settings.reason] : []),
      ...(signingKey.error === null ? [] : [`SIGNING_SECRET ${signingKey.error}`]),
      ...guestErrors(env),
      ...origins.refused.map(
        (entry) => `ALLOWED_ORIGINS has ${JSON.stringify(entry)}, which is not an origin`,
      ),
    ],
  };
}

const keysOf = ({ key }: TokenRules): VerificationKeys =>
  key.type === "secret" ? key : { type: "remote", jwks: jwksCache(key.url) };

const isShared = (rules: TokenRules): rules is SharedRules => rules.key.type === "secret";
