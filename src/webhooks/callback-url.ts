import { isPublicHost } from "../platform/public-address.ts";

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Why webhooks are not sent to an address, as the end of a sentence that begins with it; null when
 * they are. `AUTH_MODE=dev` opens plain http to this machine, so that local receivers can be tried.
 */
export function callbackRefusal(
  address: string,
  { AUTH_MODE }: Pick<Env, "AUTH_MODE">,
): string | null {
  const url = URL.parse(address);
  if (!url) return "has to be a URL";
  const { protocol, username, password, port, hostname } = url;
  if (username !== "" || password !== "") return "may not carry credentials";
  if (AUTH_MODE === "dev" && protocol === "http:" && loopbackHost.test(hostname)) return null;
  if (protocol !== "https:") return "has to be an https URL";
  // On a public host other ports are mostly what was never meant to be reached from outside.
  if (port !== "") return "may only use port 443";
  return isPublicHost(hostname) ? null : "has to name a public host";
}
