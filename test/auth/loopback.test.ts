import { describe, expect, it } from "vitest";
import { isFromThisMachine } from "../../src/auth/loopback.ts";

const asked = (url: string, headers: Record<string, string> = {}) =>
  isFromThisMachine(new URL(url), (name) => headers[name]);

describe("isFromThisMachine", () => {
  it.each(["http://localhost:8787/", "http://127.0.0.1/", "http://127.8.9.1/", "http://[::1]:1/"])(
    "accepts the loopback URL %s",
    (url) => {
      expect(asked(url)).toBe(true);
    },
  );

  it.each(["localhost", "localhost:8787", "127.0.0.1:8787", "[::1]:8787"])(
    "accepts the host %s",
    (host) => {
      expect(asked("http://localhost/", { host })).toBe(true);
    },
  );

  it.each(["127.0.0.1", "::1", "::ffff:127.0.0.1"])("accepts the client address %s", (address) => {
    expect(asked("http://localhost/", { "cf-connecting-ip": address })).toBe(true);
  });

  it.each([
    "http://evil.example.com/",
    "http://localhost.example.com/",
    "http://localhost./",
    "http://127.0.0.1.nip.io/",
    "http://192.168.0.7:8787/",
    "http://0.0.0.0/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1]/",
  ])("refuses the URL %s", (url) => {
    expect(asked(url)).toBe(false);
  });

  it.each<Record<string, string>>([
    { "cf-connecting-ip": "203.0.113.9" },
    { "cf-connecting-ip": "192.168.0.7" },
    { "cf-connecting-ip": "127.0.0.1", "x-forwarded-for": "203.0.113.9" },
    { "x-forwarded-for": "127.0.0.1, 203.0.113.9" },
    { "x-real-ip": "2001:db8::1" },
    { "x-forwarded-for": "" },
    { "cf-ray": "8f0e1-ICN" },
    { via: "1.1 caddy" },
    { via: "" },
    { "x-forwarded-host": "localhost:8787" },
    { "x-forwarded-proto": "https" },
    { "x-forwarded-port": "443" },
    { "x-forwarded-server": "proxy" },
    { "x-forwarded-prefix": "/eco2" },
    { "x-forwarded-ssl": "on" },
    { "x-forwarded-user": "kim" },
    { "true-client-ip": "203.0.113.9" },
    { "true-client-ip": "127.0.0.1" },
    { "cdn-loop": "cloudflare" },
    { "cf-visitor": '{"scheme":"https"}' },
    { "cf-ipcountry": "KR" },
    { "cf-connecting-ipv6": "2001:db8::1" },
    { "cf-worker": "example.com" },
    { "cf-ew-via": "15" },
    { "client-ip": "203.0.113.9" },
    { "x-client-ip": "203.0.113.9" },
    { "x-cluster-client-ip": "203.0.113.9" },
    { "x-original-forwarded-for": "203.0.113.9" },
    { "x-original-host": "dev.example.com" },
    { "fastly-client-ip": "203.0.113.9" },
    { "fly-client-ip": "203.0.113.9" },
    { "x-envoy-external-address": "203.0.113.9" },
    { "x-azure-clientip": "203.0.113.9" },
    { "x-amzn-trace-id": "Root=1-6" },
    { "x-cloud-trace-context": "1/2" },
    { "x-varnish": "1" },
    { "proxy-connection": "keep-alive" },
    { "x-real-ip": "unknown" },
    { host: "evil.example.com" },
    { host: "localhost.example.com:8787" },
    { host: "192.168.0.7:8787" },
    { host: "" },
    { host: "localhost@evil.example.com" },
    { forwarded: "for=203.0.113.9" },
  ])("refuses a forwarded request with %j", (headers) => {
    expect(asked("http://localhost:8787/", headers)).toBe(false);
  });
});
