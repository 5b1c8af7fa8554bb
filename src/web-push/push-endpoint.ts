import { isLoopbackHost } from "../auth/loopback.ts";

/** The push services of browsers: Chrome and others, Safari, Firefox, Edge. A dot begins a suffix. */
const services = [
  "fcm.googleapis.com",
  ".push.apple.com",
  "updates.push.services.mozilla.com",
  ".notify.windows.com",
];

/**
 * Checks that an endpoint is of a known push service: the Worker sends requests nowhere else. `AUTH_MODE=dev` also
 * allows plain http to this machine, for tests.
 */
export function isPushEndpoint(address: string, { AUTH_MODE }: Pick<Env, "AUTH_MODE">): boolean {
  const url = URL.parse(address);
  if (!url || url.username !== "" || url.password !== "") return false;
  const { protocol, port, hostname } = url;
  if (AUTH_MODE === "dev" && protocol === "http:" && isLoopbackHost(hostname)) return true;
  const isService = services.some((it) =>
    it.startsWith(".") ? hostname.endsWith(it) : hostname === it,
  );
  return protocol === "https:" && port === "" && isService;
}
