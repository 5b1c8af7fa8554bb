import { describe, expect, it } from "vitest";
import { readAuthSettings } from "../../src/auth/auth-settings.ts";
import { jwksUrl, secret } from "../support/sign-token.ts";

const nothing = {
  AUTH_MODE: "",
  AUTH_JWKS_URL: "",
  AUTH_ISSUER: "",
  AUTH_AUDIENCE: "",
  AUTH_JWT_SECRET: "",
  GATEWAY_SECRET: "",
  SIGNING_SECRET: "",
};

describe("readAuthSettings", () => {
  it.each([
    [{}, "AUTH_MODE=jwt needs AUTH_JWKS_URL or AUTH_JWT_SECRET"],
    [{ AUTH_MODE: "jwt" }, "AUTH_MODE=jwt needs AUTH_JWKS_URL or AUTH_JWT_SECRET"],
    [{ AUTH_JWT_SECRET: "short" }, "AUTH_JWT_SECRET must have 32 bytes or more"],
    [{ AUTH_JWKS_URL: "http://id.example.com/keys" }, "AUTH_JWKS_URL must be an https URL"],
    [{ AUTH_JWKS_URL: "keys" }, "AUTH_JWKS_URL must be an https URL"],
    [{ AUTH_JWKS_URL: "nonsense", AUTH_JWT_SECRET: secret }, "AUTH_JWKS_URL must be an https URL"],
    [{ AUTH_MODE: "gateway" }, "AUTH_MODE=gateway needs GATEWAY_SECRET"],
    [{ AUTH_MODE: "open" }, 'AUTH_MODE is none of jwt, gateway, dev: "open"'],
    [{ AUTH_MODE: "DEV" }, 'AUTH_MODE is none of jwt, gateway, dev: "DEV"'],
    [{ AUTH_MODE: "constructor" }, 'AUTH_MODE is none of jwt, gateway, dev: "constructor"'],
  ])("closes the deployment with %j", (given, reason) => {
    expect(readAuthSettings({ ...nothing, ...given })).toEqual({ mode: "closed", reason });
  });

  it("reads jwt mode when no mode is set but a key is", () => {
    expect(readAuthSettings({ ...nothing, AUTH_JWKS_URL: jwksUrl })).toEqual({
      mode: "jwt",
      tokens: { issuer: null, audience: [], key: { type: "remote", url: jwksUrl } },
    });
  });

  it("ignores the shared secret when there is a JWKS URL", () => {
    const both = readAuthSettings({ ...nothing, AUTH_JWKS_URL: jwksUrl, AUTH_JWT_SECRET: secret });
    expect(both).toMatchObject({ tokens: { key: { type: "remote" } } });
  });

  it("reads several audiences", () => {
    const given = { ...nothing, AUTH_JWT_SECRET: secret, AUTH_AUDIENCE: "eco2, app" };
    expect(readAuthSettings(given)).toMatchObject({ tokens: { audience: ["eco2", "app"] } });
  });

  it("has no login by cookie in dev mode without a signing secret", () => {
    expect(readAuthSettings({ ...nothing, AUTH_MODE: "dev" })).toEqual({
      mode: "dev",
      tokens: null,
      key: null,
    });
    expect(
      readAuthSettings({ ...nothing, AUTH_MODE: "dev", SIGNING_SECRET: secret }),
    ).toMatchObject({
      tokens: { issuer: "eco2-edge", audience: ["eco2-edge"], key: { type: "secret" } },
    });
  });
});
