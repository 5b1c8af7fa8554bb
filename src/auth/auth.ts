import type { RemoteJWKSet } from "jose";
import type { StaleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import { type Origins, originsOf } from "./origins.ts";
import { jwksCache } from "./jwks-cache.ts";
import type { Revoked } from "./revocation.ts";
import { revocationCache } from "./revocation-store.ts";
import { secretKey } from "./secrets.ts";
import type { SharedRules } from "./session.ts";
import { type AuthSettings, readAuthSettings, type TokenRules } from "./auth-settings.ts";
import { type VerificationKeys, type Verify, tokenVerifier } from "./verify-token.ts";

/** All that says who is asking in this deployment. */
export interface Auth {
  settings: AuthSettings;
  /** Checks tokens; null where none are taken. */
  verify: Verify | null;
  /** Issues sessions; null where others do. */
  sessions: SharedRules | null;
  /** The identity provider's keys; null where there is none. */
  keys: StaleIfErrorCache<RemoteJWKSet> | null;
  revoked: StaleIfErrorCache<Revoked>;
  /** Signs the addresses of streams; null where they carry no pass. */
  signingKey: Uint8Array | null;
  origins: Origins;
  /** What is set wrong, one sentence each; with any of them the deployment is not ready. */
  configErrors: readonly string[];
}

const known = new WeakMap<Env, Auth>();

/** An isolate's way to know who is asking, made once from its settings. */
export function authOf(env: Env): Auth {
  const made = known.get(env) ?? configured(env);
  known.set(env, made);
  return made;
}

function configured(env: Env): Auth {
  const settings = readAuthSettings(env);
  const tokens = "tokens" in settings ? settings.tokens : null;
  const keys = tokens && keysOf(tokens);
  const signingKey = secretKey(env.SIGNING_SECRET);
  const origins = originsOf(env);
  return {
    settings,
    verify: tokens && keys && tokenVerifier(tokens, keys),
    keys: keys?.type === "remote" ? keys.keys : null,
    sessions: tokens && isShared(tokens) ? tokens : null,
    revoked: revocationCache(env.DB),
    signingKey: signingKey.key,
    origins,
    configErrors: [
      ...(settings.mode === "closed" ? [settings.reason] : []),
      ...(signingKey.error === null ? [] : [`SIGNING_SECRET ${signingKey.error}`]),
      ...origins.refused.map(
        (entry) => `ALLOWED_ORIGINS has ${JSON.stringify(entry)}, which is no origin`,
      ),
    ],
  };
}

const keysOf = ({ key }: TokenRules): VerificationKeys =>
  key.type === "secret" ? key : { type: "remote", keys: jwksCache(key.url) };

const isShared = (rules: TokenRules): rules is SharedRules => rules.key.type === "secret";
