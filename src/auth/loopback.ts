const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const loopbackAddress = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i;

/** Where whoever stands between says that a request came from. */
const addressHeaders = ["cf-connecting-ip", "x-real-ip", "x-forwarded-for"];
/** What only a network in front of the Worker adds. */
const passedOnHeaders = ["cf-ray", "forwarded"];

/** Whether a URL's `hostname` is this machine. */
export const isLoopbackHost = (hostname: string): boolean => loopbackHost.test(hostname);

/**
 * Whether a request was made on the machine that serves it: it names the machine itself, which
 * keeps out names that were pointed at it (DNS rebinding), and nothing says that it came from
 * elsewhere. A local server notes the caller's address in `CF-Connecting-IP`, and a tunnel the
 * address of whoever is at its other end.
 */
export function isFromThisMachine(url: URL, header: (name: string) => string | undefined): boolean {
  if (!isLoopbackHost(url.hostname)) return false;
  if (passedOnHeaders.some((name) => header(name) !== undefined)) return false;
  return addressHeaders
    .flatMap((name) => header(name)?.split(",") ?? [])
    .every((address) => loopbackAddress.test(address.trim()));
}
