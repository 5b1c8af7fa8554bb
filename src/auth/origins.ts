import { isLoopbackHost } from "./loopback.ts";
import { splitList } from "./auth-settings.ts";

export interface Origins {
  /** Pages of these may call with cookies. */
  allowed: ReadonlySet<string>;
  /** Entries of the setting that are no origins. */
  refused: readonly string[];
}

/** Reads `ALLOWED_ORIGINS`. An entry that is not an origin as browsers send it opens nothing. */
export function originsOf({ ALLOWED_ORIGINS }: Pick<Env, "ALLOWED_ORIGINS">): Origins {
  const entries = splitList(ALLOWED_ORIGINS);
  return {
    allowed: new Set(entries.filter(isOrigin)),
    refused: entries.filter((entry) => !isOrigin(entry)),
  };
}

/** Exactly as a browser writes it: no path, no capitals, no port that goes without saying. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  // A wildcard is a host to the URL parser; here it would look like more than it opens.
  if (!url || url.origin !== text || text.includes("*")) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}

/** Whether a page of `origin` may act for whoever's cookies come with its request. */
export const isTrustedOrigin = ({ allowed }: Origins, url: URL, origin: string | undefined) =>
  origin !== undefined && (origin === url.origin || allowed.has(origin));
