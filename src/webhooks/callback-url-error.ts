import { isLoopbackHost } from "../auth/loopback.ts";
import { isPublicHost } from "../platform/public-address.ts";

/**
 * Checks that the Worker may send requests to a URL. `AUTH_MODE=dev` also allows plain http to this
 * machine, for local receivers.
 *
 * @returns the rest of a sentence that begins with the URL's name, or null when it is allowed.
 */
export function callbackUrlError(
  address: string,
  { AUTH_MODE }: Pick<Env, "AUTH_MODE">,
): string | null {
  const url = URL.parse(address);
  if (!url) return "has to be a URL";
  const { protocol, username, password, port, hostname } = url;
  if (username !== "" || password !== "") return "may not carry credentials";
  if (AUTH_MODE === "dev" && protocol === "http:" && isLoopbackHost(hostname)) return null;
  if (protocol !== "https:") return "has to be an https URL";
  // Other ports of a public host are mostly internal services.
  if (port !== "") return "may only use port 443";
  return isPublicHost(hostname) ? null : "has to name a public host";
}
