import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { beginOperatorSession, operatorSessionSeconds } from "../../src/auth/operator-session.ts";
import { select } from "../../src/platform/sql.ts";
import { AuditEntry } from "../../src/ops-audit.ts";
import { apiOrigin, appFetch, bearer, cookiesOf, pageOrigin } from "../support/app-fetch.ts";
import { goodClaims, secret, signToken } from "../support/sign-token.ts";

const OPS_TOKEN = "operators-token-of-a-test-of-32-bytes";
const settings = {
  OPS_TOKEN,
  AUTH_MODE: "jwt",
  AUTH_JWT_SECRET: secret,
  ALLOWED_ORIGINS: pageOrigin,
};
const api = appFetch(settings);
const own = { origin: apiOrigin, "sec-fetch-site": "same-origin" };
const json = { "content-type": "application/json" };
const path = "/api/v1/ops/session";
const cookie = "__Host-s_operator";

type Cookies = Record<string, string>;
const begin = (headers: Record<string, string> = { ...own, ...bearer(OPS_TOKEN) }, to = api) =>
  to(path, { method: "POST", headers: { ...json, ...headers }, body: '{"by":"김 운영"}' });
const cookies = async (): Promise<Cookies> => cookiesOf(await begin());
const list = (cookies: Cookies, headers: Record<string, string> = {}, to = api) =>
  to("/api/v1/ops/alerts", { cookies, headers });
const pause = (cookies: Cookies, headers: Record<string, string>) =>
  api("/api/v1/ops/stages/none/pause", { method: "POST", cookies, headers, body: "{}" });
const end = (cookies: Cookies, headers: Record<string, string> = own) =>
  api(path, { method: "DELETE", cookies, headers });
const stateFor = async (cookies: Cookies) => (await api(path, { cookies })).json();

const audited = (name: string) =>
  select(env.DB, AuditEntry)`SELECT * FROM audit WHERE by = ${name} ORDER BY id`;

describe("an operator's session", () => {
  it("is begun by the token alone, for 12 hours, in a cookie that no script reads", async () => {
    expect((await begin(own)).status).toBe(401);
    expect((await begin({ ...own, ...bearer("guess") })).status).toBe(401);
    const response = await begin();
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-s_operator=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ]);
    expect(await stateFor(cookiesOf(response))).toEqual({
      open: true,
      operator: { name: "김 운영", ends_at: expect.any(String) },
    });
    expect((await list(cookiesOf(response))).status).toBe(200);
    expect((await list({})).status).toBe(401);
    expect(await stateFor({})).toEqual({ open: true, operator: null });
  });

  it("needs no TLS on a local server", async () => {
    const local = appFetch({ ...settings, AUTH_MODE: "dev" }, "http://localhost");
    const response = await begin({ origin: "http://localhost", ...bearer(OPS_TOKEN) }, local);
    const [set] = response.headers.getSetCookie();
    expect(set).toMatch(/^s_operator=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await list(cookiesOf(response), {}, local)).status).toBe(200);
  });

  it("ends on the server when it is logged out, while another goes on", async () => {
    const [mine, other] = [await cookies(), await cookies()];
    const response = await end(mine);
    expect(response.status).toBe(204);
    expect(cookiesOf(response)).toEqual({ [cookie]: "" });
    expect((await list(mine)).status).toBe(401);
    expect(await stateFor(mine)).toEqual({ open: true, operator: null });
    // Another isolate, which has revocations of its own in memory.
    expect((await list(mine, {}, appFetch(settings))).status).toBe(401);
    expect((await list(other)).status).toBe(200);
  });

  it("ends after 12 hours, and not before", async () => {
    const begun = async (ago: number) => {
      const bindings = { ...env, ...settings };
      const { token } = await beginOperatorSession(bindings, "kim", Date.now() - ago * 1000);
      return { [cookie]: token };
    };
    expect((await list(await begun(operatorSessionSeconds - 60))).status).toBe(200);
    expect((await list(await begun(operatorSessionSeconds + 61))).status).toBe(401);
  });

  it("ends when the token or the signing secret is changed", async () => {
    const mine = await cookies();
    const changed = { OPS_TOKEN: "another-token-of-operators-of-32-bytes" };
    expect((await list(mine, {}, appFetch({ ...settings, ...changed }))).status).toBe(401);
    const SIGNING_SECRET = "another-secret-that-signs-of-32-bytes";
    expect((await list(mine, {}, appFetch({ ...settings, SIGNING_SECRET }))).status).toBe(401);
    const closed = appFetch({ ...settings, OPS_TOKEN: "" });
    expect((await list(mine, {}, closed)).status).toBe(401);
    expect(await (await closed(path, { cookies: mine })).json()).toEqual({
      open: false,
      operator: null,
    });
  });

  it.each<[string, Record<string, string>]>([
    ["another site", { origin: "https://evil.example.com", "sec-fetch-site": "cross-site" }],
    ["another host of the domain", { origin: apiOrigin, "sec-fetch-site": "same-site" }],
    ["an origin of ALLOWED_ORIGINS", { origin: pageOrigin }],
    ["a page that hides its origin", { origin: "null" }],
    ["no page", {}],
  ])("is refused to %s that changes something", async (_, headers) => {
    const mine = await cookies();
    expect((await pause(mine, own)).status).toBe(404);
    expect((await pause(mine, headers)).status).toBe(401);
    expect((await end(mine, headers)).status).toBe(401);
    expect((await list(mine)).status).toBe(200);
  });

  it("is refused to a page of ALLOWED_ORIGINS that reads, and begins none for it", async () => {
    const mine = await cookies();
    expect((await list(mine, { origin: pageOrigin })).status).toBe(401);
    expect((await list(mine, { "sec-fetch-site": "same-site" })).status).toBe(401);
    expect((await list(mine, { "sec-fetch-site": "none" })).status).toBe(200);
    expect((await begin({ origin: pageOrigin, ...bearer(OPS_TOKEN) })).status).toBe(401);
  });

  it("is no token of anything else, and no other token is one", async () => {
    const { [cookie]: token = "" } = await cookies();
    expect((await list({}, bearer(token))).status).toBe(401);
    expect((await api("/metrics", { cookies: { [cookie]: token } })).status).toBe(401);
    expect((await api("/api/v1/users/me", { headers: bearer(token) })).status).toBe(401);
    const user = await signToken(goodClaims());
    expect((await list({ [cookie]: user })).status).toBe(401);
    expect((await list({ [cookie]: `${token}x` })).status).toBe(401);
    // The plain name is what another host of the domain can set.
    expect((await list({ s_operator: token })).status).toBe(401);
  });

  it("does not help a request with a wrong token", async () => {
    expect((await list(await cookies(), bearer("guess"))).status).toBe(401);
  });

  it("is audited when it begins and when it ends", async () => {
    const by = crypto.randomUUID();
    const response = await api(path, {
      method: "POST",
      headers: { ...json, ...own, ...bearer(OPS_TOKEN) },
      body: JSON.stringify({ by }),
    });
    await end(cookiesOf(response));
    const rows = await audited(by);
    expect(rows.map(({ action }) => action)).toEqual(["session.begin", "session.end"]);
    expect(new Set(rows.map(({ target }) => target)).size).toBe(1);
  });
});
