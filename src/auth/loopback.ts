const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const loopbackAddress = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i;

/** Headers in which proxies name the client address. */
const addressHeaders = ["cf-connecting-ip", "x-real-ip", "x-forwarded-for"];
/**
 * Headers that only a proxy, a tunnel or a network in front of the Worker adds. A local server sets none of them by
 * itself, but for `CF-Connecting-IP`.
 */
const proxyHeaders = [
  "cdn-loop",
  "cf-connecting-ipv6",
  "cf-ew-via",
  "cf-ipcountry",
  "cf-pseudo-ipv4",
  "cf-ray",
  "cf-visitor",
  "cf-warp-tag-id",
  "cf-worker",
  "client-ip",
  "fastly-client-ip",
  "fly-client-ip",
  "forwarded",
  "proxy-connection",
  "true-client-ip",
  "via",
  "x-amzn-trace-id",
  "x-appengine-user-ip",
  "x-azure-clientip",
  "x-azure-fdid",
  "x-client-ip",
  "x-cloud-trace-context",
  "x-cluster-client-ip",
  "x-envoy-external-address",
  "x-envoy-peer-metadata",
  "x-forwarded",
  "x-forwarded-by",
  "x-forwarded-client-cert",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
  "x-forwarded-protocol",
  "x-forwarded-scheme",
  "x-forwarded-server",
  "x-forwarded-ssl",
  "x-forwarded-user",
  "x-original-forwarded-for",
  "x-original-host",
  "x-originating-ip",
  "x-proxyuser-ip",
  "x-real-port",
  "x-remote-addr",
  "x-remote-ip",
  "x-varnish",
];

/** Whether a URL's `hostname` is this machine. */
export const isLoopbackHost = (hostname: string): boolean => loopbackHost.test(hostname);

/**
 * Whether a request was made on the machine that serves it. Its host must be a loopback name, against
 * DNS rebinding, and no header may name another client or show a proxy: who is behind it cannot be known. A local
 * server puts the client's address in `CF-Connecting-IP`, and a tunnel puts the remote client's.
 */
export function isFromThisMachine(url: URL, header: (name: string) => string | undefined): boolean {
  if (!isLoopbackHost(url.hostname)) return false;
  const host = header("host");
  if (host !== undefined && !isLoopbackHost(URL.parse(`http://${host}`)?.hostname ?? ""))
    return false;
  if (proxyHeaders.some((name) => header(name) !== undefined)) return false;
  return addressHeaders
    .flatMap((name) => header(name)?.split(",") ?? [])
    .every((address) => loopbackAddress.test(address.trim()));
}
