const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const loopbackAddress = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i;

/** Headers in which proxies name the client address. */
const addressHeaders = ["cf-connecting-ip", "x-real-ip", "x-forwarded-for"];
/** Headers that only a network in front of the Worker adds. */
const forwardedHeaders = ["cf-ray", "forwarded"];

/** Whether a URL's `hostname` is this machine. */
export const isLoopbackHost = (hostname: string): boolean => loopbackHost.test(hostname);

/**
 * Whether a request was made on the machine that serves it. Its host must be a loopback name, against
 * DNS rebinding, and no header may name another client. A local server puts the client's address in
 * `CF-Connecting-IP`, and a tunnel puts the remote client's.
 */
export function isFromThisMachine(url: URL, header: (name: string) => string | undefined): boolean {
  if (!isLoopbackHost(url.hostname)) return false;
  if (forwardedHeaders.some((name) => header(name) !== undefined)) return false;
  return addressHeaders
    .flatMap((name) => header(name)?.split(",") ?? [])
    .every((address) => loopbackAddress.test(address.trim()));
}
