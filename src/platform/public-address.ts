/**
 * Names that never leave a network: RFC 6761, RFC 6762, RFC 7686, RFC 8375, and those that private
 * networks and clouds use.
 */
const privateDomains = [
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "home.arpa",
  "lan",
  "svc",
  "test",
  "invalid",
  "example",
  "onion",
];

/**
 * Public domains whose names resolve to the address that is written in them, or to the loopback.
 * The list cannot be whole: it stops who uses them by habit. Who points a name of their own at a
 * private address is stopped by the network that Workers call from, which has no route there.
 */
const borrowedDomains = [
  "nip.io",
  "sslip.io",
  "xip.io",
  "backname.io",
  "ip6.name",
  "traefik.me",
  "localtest.me",
  "lvh.me",
  "vcap.me",
  "fuf.me",
  "lacolhost.com",
  "localho.st",
  "local.gd",
  "local-ip.co",
  "local-ip.sh",
  "127-0-0-1.org.uk",
  "rbndr.us",
  "1u.ms",
];

const refused = [...privateDomains, ...borrowedDomains];

/** At least two labels, the last of which is no number: the URL parser has made those addresses. */
const name = /^(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/**
 * Whether a URL's `hostname` is a name on the public internet. Addresses by number are not,
 * whatever their form, since the URL parser has brought them all to one.
 */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/\.+$/, "");
  if (host.length > 253 || !name.test(host)) return false;
  return !refused.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
