import { isLoopbackHost } from "./loopback.ts";
import { secretKey } from "./secrets.ts";

/** What tokens have to say, and what their signatures are checked with. */
export interface TokenRules {
  issuer: string | null;
  /** One of these; empty means that nobody in particular is addressed. */
  audience: readonly string[];
  key: { type: "secret"; secret: Uint8Array } | { type: "remote"; url: string };
}

/** How this deployment learns who is asking. */
export type AuthSettings =
  | { mode: "jwt"; tokens: TokenRules }
  | { mode: "gateway"; secret: string }
  /** Without tokens, nobody is known by a cookie. */
  | { mode: "dev"; tokens: TokenRules | null }
  /** Nobody is known; `reason` is for operators. */
  | { mode: "closed"; reason: string };

type Given = Pick<
  Env,
  | "AUTH_MODE"
  | "AUTH_JWKS_URL"
  | "AUTH_ISSUER"
  | "AUTH_AUDIENCE"
  | "AUTH_JWT_SECRET"
  | "GATEWAY_SECRET"
  | "SIGNING_SECRET"
>;

/** Who issues and takes the tokens of a development login: no other token says so. */
const ours = "eco2-edge";

const closed = (reason: string): AuthSettings => ({ mode: "closed", reason });

const modes: Record<string, (given: Given) => AuthSettings> = {
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
  dev({ SIGNING_SECRET }) {
    const { key } = secretKey(SIGNING_SECRET);
    const tokens = key && {
      issuer: ours,
      audience: [ours],
      key: { type: "secret" as const, secret: key },
    };
    return { mode: "dev", tokens };
  },
};

/** Reads the settings. What is missing or wrong closes everything: nothing is open by mistake. */
export function readAuthSettings(given: Given): AuthSettings {
  const mode = given.AUTH_MODE || "jwt";
  const read = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  return read
    ? read(given)
    : closed(`AUTH_MODE is none of ${Object.keys(modes).join(", ")}: ${JSON.stringify(mode)}`);
}

/**
 * What signatures are checked with, or why nothing can be. An address wins: a token that is signed
 * with a shared secret is then no token, whatever its secret.
 */
function tokenKey({ AUTH_JWKS_URL, AUTH_JWT_SECRET }: Given): TokenRules["key"] | string {
  if (AUTH_JWKS_URL) {
    return isSafe(AUTH_JWKS_URL)
      ? { type: "remote", url: AUTH_JWKS_URL }
      : "AUTH_JWKS_URL has to be an https URL";
  }
  const { key, error } = secretKey(AUTH_JWT_SECRET);
  if (key) return { type: "secret", secret: key };
  return error
    ? `AUTH_JWT_SECRET ${error}`
    : "AUTH_MODE=jwt needs AUTH_JWKS_URL or AUTH_JWT_SECRET";
}

/** Keys that came over a plain connection could be anybody's; this machine's own are not on one. */
function isSafe(address: string): boolean {
  const url = URL.parse(address);
  if (!url) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}

/** The entries of a setting that separates them by commas. */
export const splitList = (setting: string | undefined): string[] =>
  (setting ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);
