import { isLoopbackHost } from "./loopback.ts";
import { splitList } from "./auth-settings.ts";

export interface Origins {
  /** Origins whose pages may call with cookies. */
  allowed: ReadonlySet<string>;
  /** Whether those of this machine may, too. */
  local: boolean;
  /** Entries of the setting that are not origins. */
  refused: readonly string[];
}

/**
 * Reads `ALLOWED_ORIGINS`. An entry must be an origin exactly as browsers send it.
 *
 * @param local whether the server is a developer's own.
 */
export function originsOf(
  { ALLOWED_ORIGINS }: Pick<Env, "ALLOWED_ORIGINS">,
  local: boolean,
): Origins {
  const entries = splitList(ALLOWED_ORIGINS);
  return {
    allowed: new Set(entries.filter(isOrigin)),
    local,
    refused: entries.filter((entry) => !isOrigin(entry)),
  };
}

/** Whether pages of an origin may call with cookies. */
export const isAllowedOrigin = ({ allowed, local }: Origins, origin: string): boolean =>
  allowed.has(origin) || (local && isOfThisMachine(origin));

function isOfThisMachine(origin: string): boolean {
  const url = isOrigin(origin) ? URL.parse(origin) : null;
  return url !== null && isLoopbackHost(url.hostname);
}

/** Whether a text is a serialized origin: no path, no capitals, no default port. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  // The URL parser takes a wildcard for a host name.
  if (!url || url.origin !== text || text.includes("*")) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}

/** Whether a page of `origin` may act with the cookies that the browser sends. */
export const isTrustedOrigin = (origins: Origins, url: URL, origin: string | undefined) =>
  origin !== undefined && (origin === url.origin || isAllowedOrigin(origins, origin));
