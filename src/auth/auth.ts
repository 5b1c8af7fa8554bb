import type { JSONWebKeySet } from "jose";
import type { LastKnown } from "./last-known.ts";
import { type Origins, originsOf } from "./origins.ts";
import { remoteKeys } from "./remote-keys.ts";
import type { Revoked } from "./revocation.ts";
import { heldRevocations } from "./revocation-store.ts";
import { secretKey } from "./secrets.ts";
import type { SharedRules } from "./session.ts";
import { type AuthSettings, authSettings, type TokenRules } from "./settings.ts";
import { type Keys, type Verify, verifier } from "./verify.ts";

/** All that says who is asking in this deployment. */
export interface Auth {
  settings: AuthSettings;
  /** Checks tokens; null where none are taken. */
  verify: Verify | null;
  /** Issues sessions; null where others do. */
  sessions: SharedRules | null;
  /** The identity provider's keys; null where there is none. */
  keys: LastKnown<JSONWebKeySet> | null;
  revoked: LastKnown<Revoked>;
  /** Signs the addresses of streams; null where they carry no pass. */
  signing: Uint8Array | null;
  origins: Origins;
  /** What is set wrong, one sentence each; with any of them the deployment is not ready. */
  troubles: readonly string[];
}

const known = new WeakMap<Env, Auth>();

/** An isolate's way to know who is asking, made once from its settings. */
export function authOf(env: Env): Auth {
  const made = known.get(env) ?? configured(env);
  known.set(env, made);
  return made;
}

function configured(env: Env): Auth {
  const settings = authSettings(env);
  const tokens = "tokens" in settings ? settings.tokens : null;
  const keys = tokens && keysOf(tokens);
  const signing = secretKey(env.SIGNING_SECRET);
  const origins = originsOf(env);
  return {
    settings,
    verify: tokens && keys && verifier(tokens, keys),
    keys: keys?.type === "remote" ? keys.set : null,
    sessions: tokens && isShared(tokens) ? tokens : null,
    revoked: heldRevocations(env.DB),
    signing: signing.key,
    origins,
    troubles: [
      ...(settings.mode === "closed" ? [settings.reason] : []),
      ...(signing.trouble === null ? [] : [`SIGNING_SECRET ${signing.trouble}`]),
      ...origins.refused.map(
        (entry) => `ALLOWED_ORIGINS has ${JSON.stringify(entry)}, which is no origin`,
      ),
    ],
  };
}

const keysOf = ({ key }: TokenRules): Keys =>
  key.type === "secret" ? key : { type: "remote", set: remoteKeys(key.url) };

const isShared = (rules: TokenRules): rules is SharedRules => rules.key.type === "secret";
