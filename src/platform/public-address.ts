import tlds from "tlds";

/** Names below public top-level domains that are answered inside of a network: by routers, clouds and the DNS itself. */
const insideDomains = [
  "arpa",
  "fritz.box",
  "metadata.goog",
  "miwifi.com",
  "myfritz.net",
  "router.asus.com",
  "routerlogin.com",
  "routerlogin.net",
  "tplinkwifi.net",
];

/**
 * Public domains whose names resolve to the address that is written in them, or to the loopback.
 * The list cannot be whole: it stops who uses them by habit. Who points a name of their own at a
 * private address is stopped by the network that Workers call from, which has no route there.
 */
const borrowedDomains = [
  "localhost.direct",
  "loopback.jp",
  "local-ip.dev",
  "localip.dev",
  "xip.name",
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

const refused = [...insideDomains, ...borrowedDomains];

/** At least two labels, the last of which is no number: the URL parser has made those addresses. */
const name = /^(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

const ascii = (domain: string): string => URL.parse(`https://${domain}`)?.hostname ?? domain;

/** The top-level domains of the public DNS, as IANA lists them, in the form that a URL has. */
const topLevel = new Set(tlds.map((domain) => (/^[a-z]+$/.test(domain) ? domain : ascii(domain))));

/**
 * Whether a URL's `hostname` is a name on the public internet: one below a top-level domain that IANA lists. Those of
 * private networks (`.internal`, `.consul`) are not. Addresses by number are not either, whatever their form, since
 * the URL parser has brought them all to one.
 */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/\.+$/, "");
  if (host.length > 253 || !name.test(host)) return false;
  if (!topLevel.has(host.slice(host.lastIndexOf(".") + 1))) return false;
  return !refused.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
