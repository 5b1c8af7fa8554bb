import { describe, expect, it } from "vitest";
import { isTrustedOrigin, originsOf } from "../../src/auth/origins.ts";

const origins = (ALLOWED_ORIGINS: string, local = false) => originsOf({ ALLOWED_ORIGINS }, local);

describe("originsOf", () => {
  it("reads the origins of the setting, and none when it is empty", () => {
    expect([...origins("https://a.example.com, http://localhost:5173").allowed]).toEqual([
      "https://a.example.com",
      "http://localhost:5173",
    ]);
    expect(origins("")).toEqual({ allowed: new Set(), local: false, refused: [] });
  });

  it.each([
    "*",
    "null",
    "https://*.example.com",
    "http://a.example.com",
    "https://a.example.com/",
    "https://A.example.com",
    "https://a.example.com:443",
    "a.example.com",
    "https://user@a.example.com",
    "file://",
  ])("refuses %s and reports it", (entry) => {
    expect(origins(entry)).toEqual({ allowed: new Set(), local: false, refused: [entry] });
  });

  it.each([
    ["https://a.example.com", true],
    ["https://api.example.com", true],
    ["http://a.example.com", false],
    ["https://a.example.com.", false],
    ["https://a.example.com.evil.com", false],
    ["https://evil-a.example.com", false],
    ["https://sub.a.example.com", false],
    ["https://a.example.com:8443", false],
    ["null", false],
    ["", false],
    [undefined, false],
  ])("trusts %s: %s", (origin, trusted) => {
    const url = new URL("https://api.example.com/api/v1/scan");
    expect(isTrustedOrigin(origins("https://a.example.com"), url, origin)).toBe(trusted);
  });

  it.each([
    ["http://localhost:5173", true],
    ["http://127.0.0.1:3000", true],
    ["http://[::1]:3000", true],
    ["http://localhost.example.com", false],
    ["http://192.168.0.7:5173", false],
    ["https://app.example.com", false],
    ["null", false],
  ])("trusts %s on a developer's server alone: %s", (origin, trusted) => {
    const url = new URL("http://localhost:8787/api/v1/scan");
    expect(isTrustedOrigin(origins("", true), url, origin)).toBe(trusted);
    expect(isTrustedOrigin(origins(""), url, origin)).toBe(false);
  });
});
