import { isLoopbackHost } from "./loopback.ts";
import { secretKey } from "./secrets.ts";

/** What tokens must claim, and what their signatures are verified with. */
export interface TokenRules {
  issuer: string | null;
  /** A token must name one of these; empty accepts any audience. */
  audience: readonly string[];
  key: { type: "secret"; secret: Uint8Array } | { type: "remote"; url: string };
}

/** How requests authenticate. */
export type AuthSettings =
  | { mode: "jwt"; tokens: TokenRules }
  | { mode: "gateway"; secret: string }
  /** Without tokens there is no login by cookie. A request shows the key, where there is one. */
  | { mode: "dev"; tokens: TokenRules | null; key: string | null }
  /** No request can authenticate; `reason` is for operators. */
  | { mode: "closed"; reason: string };

type AuthVars = Pick<
  Env,
  | "AUTH_MODE"
  | "AUTH_JWKS_URL"
  | "AUTH_ISSUER"
  | "AUTH_AUDIENCE"
  | "AUTH_JWT_SECRET"
  | "GATEWAY_SECRET"
  | "SIGNING_SECRET"
> & {
  /** Of a local server alone: `npm start` makes one a start. */
  DEV_KEY?: string;
};

/** Issuer and audience of the tokens of a development login. */
const devIssuer = "eco2-edge";

const closed = (reason: string): AuthSettings => ({ mode: "closed", reason });

const modes: Record<string, (given: AuthVars) => AuthSettings> = {
  jwt(given) {
    const key = tokenKey(given);
    if (typeof key === "string") return closed(key);
    const audience = splitList(given.AUTH_AUDIENCE);
    return { mode: "jwt", tokens: { issuer: given.AUTH_ISSUER || null, audience, key } };
  },
  gateway: ({ GATEWAY_SECRET }) =>
    GATEWAY_SECRET
      ? { mode: "gateway", secret: GATEWAY_SECRET }
      : closed("AUTH_MODE=gateway needs GATEWAY_SECRET"),
  dev({ SIGNING_SECRET, DEV_KEY }) {
    const { key } = secretKey(SIGNING_SECRET);
    const tokens = key && {
      issuer: devIssuer,
      audience: [devIssuer],
      key: { type: "secret" as const, secret: key },
    };
    return { mode: "dev", tokens, key: DEV_KEY || null };
  },
};

/** Reads the settings. A missing or wrong one closes the deployment, so that nothing is open by mistake. */
export function readAuthSettings(given: AuthVars): AuthSettings {
  const mode = given.AUTH_MODE || "jwt";
  const read = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  return read
    ? read(given)
    : closed(`AUTH_MODE is none of ${Object.keys(modes).join(", ")}: ${JSON.stringify(mode)}`);
}

/**
 * The key that signatures are verified with, or why there is none. With `AUTH_JWKS_URL` set, tokens
 * that are signed with a shared secret are refused.
 */
function tokenKey({ AUTH_JWKS_URL, AUTH_JWT_SECRET }: AuthVars): TokenRules["key"] | string {
  if (AUTH_JWKS_URL) {
    return isSafe(AUTH_JWKS_URL)
      ? { type: "remote", url: AUTH_JWKS_URL }
      : "AUTH_JWKS_URL must be an https URL";
  }
  const { key, error } = secretKey(AUTH_JWT_SECRET);
  if (key) return { type: "secret", secret: key };
  return error
    ? `AUTH_JWT_SECRET ${error}`
    : "AUTH_MODE=jwt needs AUTH_JWKS_URL or AUTH_JWT_SECRET";
}

/** Keys that travel over plain http can be replaced on the way, except on this machine. */
function isSafe(address: string): boolean {
  const url = URL.parse(address);
  if (!url) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}

/** The entries of a comma-separated setting. */
export const splitList = (setting: string | undefined): string[] =>
  (setting ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);
