import { describe, expect, it } from "vitest";
import { callbackUrlError } from "../../src/webhooks/callback-url-error.ts";

const https = "has to be an https URL";
const host = "has to name a public host";
const port = "may only use port 443";
const credentials = "may not carry credentials";

describe("a callback address", () => {
  it.each([
    "https://hooks.example.com/scan",
    "https://hooks.example.com:443/scan?key=1",
    "HTTPS://Hooks.Example.COM",
    "https://example.com.",
    "https://예시.한국/알림",
    "https://xn--vv4b27x.xn--3e0b707e/",
    "https://internal.example.com/",
    "https://mylvh.me/",
    "https://1.2.3.4.example.com/",
    "https://127.0.0.1.example.com/",
  ])("reports the error at %s", (address) => {
    expect(callbackUrlError(address, { AUTH_MODE: "" })).toBeNull();
  });

  it.each([
    ["no URL", "hooks", "has to be a URL"],
    ["nothing but a scheme", "https://", "has to be a URL"],
    ["a relative one", "/hooks", "has to be a URL"],
    ["without TLS", "http://hooks.example.com/", https],
    ["of another protocol", "ftp://hooks.example.com/", https],
    ["a file", "file:///etc/passwd", https],
    ["a script", "javascript:alert(1)", https],
    ["data", "data:text/plain,hi", https],
    ["a blob", "blob:https://example.com/1", https],
    ["a name and password", "https://a:b@example.com/", credentials],
    ["a name only", "https://hooks.example.com@127.0.0.1/", credentials],
    ["another port", "https://hooks.example.com:8443/", port],
    ["the port of http", "https://hooks.example.com:80/", port],
    ["loopback", "https://127.0.0.1/", host],
    ["loopback, short", "https://127.1/", host],
    ["loopback, another", "https://127.255.255.254/", host],
    ["loopback in decimal", "https://2130706433/", host],
    ["loopback in octal", "https://0177.0.0.01/", host],
    ["loopback in hex", "https://0x7f000001/", host],
    ["loopback in parts of hex", "https://0x7f.0.0.0x1/", host],
    ["loopback in percents", "https://%31%32%37.0.0.1/", host],
    ["loopback in circles", "https://①②⑦.⓪.⓪.①/", host],
    ["loopback in full width", "https://127。0。0。1/", host],
    ["loopback with a dot", "https://127.0.0.1./", host],
    ["loopback with two dots", "https://127.0.0.1../", host],
    ["loopback after a backslash", "https:\\\\127.0.0.1/", host],
    ["loopback after one slash", "https:/127.0.0.1/", host],
    ["any address", "https://0.0.0.0/", host],
    ["zero", "https://0/", host],
    ["private, 10", "https://10.0.0.1/", host],
    ["private, 172.16", "https://172.16.0.1/", host],
    ["private, 192.168", "https://192.168.1.1/", host],
    ["carrier-grade NAT", "https://100.64.0.1/", host],
    ["link-local, where metadata are", "https://169.254.169.254/latest/meta-data/", host],
    ["metadata in decimal", "https://2852039166/", host],
    ["metadata by name", "https://metadata.google.internal/", host],
    ["broadcast", "https://255.255.255.255/", host],
    ["a public address by number", "https://8.8.8.8/", host],
    ["IPv6 loopback", "https://[::1]/", host],
    ["IPv6 unspecified", "https://[::]/", host],
    ["IPv4-mapped IPv6", "https://[::ffff:127.0.0.1]/", host],
    ["IPv4-mapped IPv6 in hex", "https://[::ffff:a9fe:a9fe]/", host],
    ["IPv4-compatible IPv6", "https://[::127.0.0.1]/", host],
    ["NAT64", "https://[64:ff9b::7f00:1]/", host],
    ["6to4", "https://[2002:7f00:1::]/", host],
    ["IPv6 unique local", "https://[fd00:ec2::254]/", host],
    ["IPv6 link-local", "https://[fe80::1]/", host],
    ["localhost", "https://localhost/", host],
    ["localhost in capitals", "https://LOCALHOST/", host],
    ["localhost in full width", "https://ｌｏｃａｌｈｏｓｔ/", host],
    ["localhost with a dot", "https://localhost./", host],
    ["localhost with two dots", "https://localhost../", host],
    ["localhost with a soft hyphen", "https://local\u00adhost/", host],
    ["below localhost", "https://hooks.localhost/", host],
    ["a name of one part", "https://intranet/", host],
    [".local", "https://printer.local/", host],
    [".internal", "https://db.internal/", host],
    [".internal with a dot", "https://db.internal./", host],
    [".home.arpa", "https://nas.home.arpa/", host],
    [".lan", "https://nas.lan/", host],
    ["a cluster's service", "https://api.default.svc/", host],
    [".onion", "https://abc.onion/", host],
    ...[
      "hooks.service.consul",
      "web.docker",
      "host.docker.internal",
      "metadata.goog",
      "www.metadata.goog",
      "localhost.direct",
      "app.localhost.direct",
      "fritz.box",
      "nas.fritz.box",
      "x.myfritz.net",
      "routerlogin.net",
      "tplinkwifi.net",
      "router.asus.com",
      "1.0.0.127.in-addr.arpa",
      "api.default.svc.cluster.local",
      "db.corp",
      "db.home",
      "db.intra",
      "db.kube",
      "gateway.rancher",
      "hooks.test",
      "hooks.example",
      "hooks.invalid",
      "speedport.ip",
      "server.bit",
      "x.loopback.jp",
      "instance-data",
      "instance-data.ec2.internal",
      "metadata.tencentyun",
      "vault.mesh",
    ].map((name): [string, string, string] => [name, `https://${name}/`, host]),
    ["nip.io", "https://127.0.0.1.nip.io/", host],
    ["nip.io with dashes", "https://app-10-0-0-1.nip.io/", host],
    ["nip.io in capitals, with a dot", "https://7F000001.NIP.IO./", host],
    ["sslip.io", "https://169-254-169-254.sslip.io/", host],
    ["localtest.me", "https://localtest.me/", host],
    ["below localtest.me", "https://hooks.localtest.me/", host],
    ["lvh.me", "https://lvh.me/", host],
    ["a rebinding name", "https://7f000001.c0a80001.rbndr.us/", host],
  ])("is refused when it is %s", (_, address, refusal) => {
    for (const AUTH_MODE of ["", "dev"]) {
      expect(callbackUrlError(address, { AUTH_MODE })).toBe(refusal);
    }
  });

  it.each([
    "http://localhost:9000/hooks",
    "http://127.0.0.1/",
    "http://127.8.8.8:1/",
    "http://2130706433/",
    "http://[::1]:8080/",
  ])("may be on this machine in local use only: %s", (address) => {
    expect(callbackUrlError(address, { AUTH_MODE: "dev" })).toBeNull();
    expect(callbackUrlError(address, { AUTH_MODE: "" })).toBe(https);
    expect(callbackUrlError(address, { AUTH_MODE: "jwt" })).toBe(https);
  });

  it.each([
    "http://10.0.0.1/",
    "http://169.254.169.254/",
    "http://0.0.0.0/",
    "http://[::ffff:127.0.0.1]/",
    "http://localhost.example.com/",
    "http://127.0.0.1.nip.io/",
  ])("may not be on another machine in local use: %s", (address) => {
    expect(callbackUrlError(address, { AUTH_MODE: "dev" })).toBe(https);
  });
});
