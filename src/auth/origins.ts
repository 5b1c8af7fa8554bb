import { isLoopbackHost } from "./loopback.ts";
import { splitList } from "./auth-settings.ts";

export interface Origins {
  /** Origins whose pages may call with cookies. */
  allowed: ReadonlySet<string>;
  /** Entries of the setting that are not origins. */
  refused: readonly string[];
}

/** Reads `ALLOWED_ORIGINS`. An entry must be an origin exactly as browsers send it. */
export function originsOf({ ALLOWED_ORIGINS }: Pick<Env, "ALLOWED_ORIGINS">): Origins {
  const entries = splitList(ALLOWED_ORIGINS);
  return {
    allowed: new Set(entries.filter(isOrigin)),
    refused: entries.filter((entry) => !isOrigin(entry)),
  };
}

/** Whether a text is a serialized origin: no path, no capitals, no default port. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  // The URL parser takes a wildcard for a host name.
  if (!url || url.origin !== text || text.includes("*")) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}

/** Whether a page of `origin` may act with the cookies that the browser sends. */
export const isTrustedOrigin = ({ allowed }: Origins, url: URL, origin: string | undefined) =>
  origin !== undefined && (origin === url.origin || allowed.has(origin));
