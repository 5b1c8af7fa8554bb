import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { networkOf } from "../../src/auth/guest-limit.ts";
import { apiOrigin, appFetch, bearer, cookiesOf } from "../support/app-fetch.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { goodClaims, secret, signToken } from "../support/sign-token.ts";

const settings = {
  AUTH_MODE: "jwt",
  AUTH_JWT_SECRET: secret,
  SIGNING_SECRET: "another secret of a test, of 32 bytes or more",
  GUESTS: "on",
  LOGIN_URL: "https://login.example.com/eco2",
};
const ask = appFetch(settings);
const from = { origin: apiOrigin };
const me = "/api/v1/users/me";
type Cookies = Record<string, string>;

const begin = (cookies: Cookies = {}, headers: Record<string, string> = {}, to = ask) =>
  to("/api/v1/auth/guest", { method: "POST", cookies, headers: { ...from, ...headers } });
const post = (path: string, cookies: Cookies, headers: Record<string, string> = {}) =>
  ask(path, { method: "POST", cookies, headers: { ...from, ...headers } });
const aGuest = async () => cookiesOf(await begin());
const optionsOf = async (cookies: Cookies, headers: Record<string, string> = {}, to = ask) =>
  (await to("/api/v1/auth/options", { cookies, headers })).json();
const scan = (cookies: Cookies, to = ask) =>
  to("/api/v1/scan", {
    method: "POST",
    cookies,
    headers: { ...from, "content-type": "application/json" },
    body: JSON.stringify({ user_input: "생수병" }),
  });

afterEach(() => void vi.useRealTimers());

describe("the session of a guest", () => {
  it("begins with cookies that no script and no other host can set", async () => {
    const response = await begin();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", expires_in: 900, scans_per_day: 10 });
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-s_guest=[^;]+; Max-Age=900; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
      expect.stringMatching(
        /^__Host-s_guest_refresh=[^;]+; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
  });

  it("has plain names on a local server, where a browser keeps no Secure cookie", async () => {
    const local = "http://localhost:8787";
    const response = await begin({}, { origin: local }, appFetch(settings, local));
    expect(Object.keys(cookiesOf(response))).toEqual(["s_guest", "s_guest_refresh"]);
  });

  it("submits and reads scans of its own", async () => {
    const [one, other] = [await aGuest(), await aGuest()];
    const { result_url } = await (await scan(one)).json<{ result_url: string }>();
    expect((await ask(result_url, { cookies: one })).ok).toBe(true);
    expect((await ask(result_url, { cookies: other })).status).toBe(404);
  });

  it("has its own quota of scans a day", async () => {
    const few = appFetch({ ...settings, GUEST_SCANS_PER_DAY: "1" });
    const cookies = await aGuest();
    expect((await scan(cookies, few)).status).toBe(202);
    expect((await scan(cookies, few)).status).toBe(429);
    const user = { s_access: await signToken(goodClaims()) };
    expect((await scan(user, few)).headers.get("ratelimit-policy")).toContain('"day";q=200');
  });

  it("is renewed by a refresh, and goes on with another POST", async () => {
    const cookies = await aGuest();
    const [refreshed, again] = [await post("/api/v1/auth/refresh", cookies), await begin(cookies)];
    for (const response of [refreshed, again]) {
      expect(response.status).toBe(200);
      const next = await (await ask(me, { cookies: cookiesOf(response) })).json();
      expect(next).toEqual(await (await ask(me, { cookies })).json());
    }
  });

  it("begins anew when it has ended", async () => {
    const cookies = await aGuest();
    expect((await post("/api/v1/auth/logout", cookies)).status).toBe(200);
    expect((await post("/api/v1/auth/refresh", cookies)).status).toBe(401);
    const next = cookiesOf(await begin(cookies));
    const names = await Promise.all(
      [next, await aGuest()].map(async (it) => (await ask(me, { cookies: it })).json()),
    );
    expect(names[0]).not.toEqual(names[1]);
  });

  it("is erased as a user is", async () => {
    const cookies = await aGuest();
    const response = await ask(me, { method: "DELETE", cookies, headers: from });
    expect(response.status).toBe(202);
  });

  it.each<[string, Cookies, Record<string, string>, number, string]>([
    ["a page of somebody else", {}, { origin: "https://evil.example.com" }, 401, "UNAUTHORIZED"],
    ["a user by bearer token", {}, bearer("x.y.z"), 409, "SIGNED_IN"],
    ["a user by cookie", { s_refresh: "x.y.z" }, {}, 409, "SIGNED_IN"],
  ])("is not begun for %s", async (_, cookies, headers, status, code) => {
    const response = await begin(cookies, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it("is a 404 that says so where there are no guests", async () => {
    const response = await begin({}, {}, appFetch({ ...settings, GUESTS: "" }));
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "NO_GUESTS" });
  });

  it("is refused where guests were on before", async () => {
    const cookies = await aGuest();
    expect((await appFetch({ ...settings, GUESTS: "" })(me, { cookies })).status).toBe(401);
  });

  it("yields to the session of a user, even to one that is to be renewed", async () => {
    const guest = await aGuest();
    const { sub } = goodClaims();
    const s_access = await signToken({ ...goodClaims(), sub, name: "김" });
    const profile = await (await ask(me, { cookies: { ...guest, s_access } })).json();
    expect(profile).toMatchObject({ username: "김" });
    expect((await ask(me, { cookies: { ...guest, s_refresh: "x.y.z" } })).status).toBe(401);
  });
});

describe("the id of a guest", () => {
  const stolen = async () => {
    const cookies = await aGuest();
    const payload = cookies["__Host-s_guest"]?.split(".")[1] ?? "";
    const { sub }: { sub: string } = JSON.parse(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
    );
    return { sub, token: cookies["__Host-s_guest"] ?? "" };
  };

  it("is nobody else's, by any credential", async () => {
    const { sub, token } = await stolen();
    const theirs = bearer(await signToken({ ...goodClaims(), sub }));
    expect((await ask(me, { headers: theirs })).status).toBe(401);
    // The token of a guest is no access token of a user, nor the reverse.
    const one = appFetch({ ...settings, AUTH_JWT_SECRET: settings.SIGNING_SECRET });
    expect((await one(me, { headers: bearer(token) })).status).toBe(401);
    const claims = { ...goodClaims(), sub, iss: "eco2-edge/guests" };
    const forged = { "__Host-s_guest": await signToken(claims) };
    expect((await ask(me, { cookies: forged })).status).toBe(401);
    const dev = appFetch({ ...settings, AUTH_MODE: "dev" }, "http://localhost");
    expect((await dev(me, { headers: { "x-user-id": sub } })).status).toBe(401);
  });

  it("cannot be set by another host of the domain", async () => {
    const { token } = await stolen();
    expect((await ask(me, { cookies: { s_guest: token } })).status).toBe(401);
  });
});

describe("guests of one address", () => {
  const few = appFetch({ ...settings, GUESTS_PER_ADDRESS: "2" });
  const at = (address: string) => begin({}, { "cf-connecting-ip": address }, few);

  it("are limited by the day", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-29T03:00:00Z") });
    const statuses: number[] = [];
    for (const host of ["1", "2", "3:4"]) {
      statuses.push((await at(`2001:db8:77:1::${host}`)).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await at("2001:db8:77:1::5");
    expect(refused.headers.get("retry-after")).toBe(String(12 * 60 * 60));
    expect((await at("2001:db8:77:2::1")).status).toBe(200);
    vi.setSystemTime(new Date("2026-11-29T15:00:00Z"));
    expect((await at("2001:db8:77:1::5")).status).toBe(200);
    const rows = await env.DB.prepare("SELECT * FROM guests_by_address").all();
    expect(JSON.stringify(rows.results)).not.toContain("db8");
  });

  it("are limited when they come at once", async () => {
    const address = `203.0.113.${Math.floor(Math.random() * 250)}`;
    const all = await Promise.all(Array.from({ length: 5 }, () => at(address)));
    expect(all.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 200, 429, 429, 429,
    ]);
  });

  it("are not counted while D1 is out of reach, and none begins", async () => {
    const broken = appFetch({ ...settings, DB: crashingEnv(env, 0, "before").DB });
    vi.spyOn(console, "error").mockReturnValue();
    expect((await begin({}, {}, broken)).status).toBe(503);
    vi.restoreAllMocks();
  });

  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:0DB8:1::6", "2001:db8:1:0"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1"],
    ["::1", "0:0:0:0"],
  ])("%s is of network %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("the ways in", () => {
  const login_url = settings.LOGIN_URL;

  it("are published, with who asks", async () => {
    const nobody = { guests: true, login_url, signed_in: "nobody", has_guest: false };
    expect(await optionsOf({})).toEqual(nobody);
    const guest = await aGuest();
    expect(await optionsOf(guest)).toEqual({ ...nobody, signed_in: "guest", has_guest: true });
    const user = bearer(await signToken(goodClaims()));
    expect(await optionsOf(guest, user)).toEqual({
      ...nobody,
      signed_in: "user",
      has_guest: true,
    });
    const none = appFetch({ AUTH_MODE: "jwt", AUTH_JWT_SECRET: secret });
    expect(await optionsOf(guest, {}, none)).toEqual({
      guests: false,
      login_url: null,
      signed_in: "nobody",
      has_guest: false,
    });
  });

  it.each<[Partial<Env>, string]>([
    [{ GUESTS: "yes" }, "GUESTS must be"],
    [{ SIGNING_SECRET: "" }, "GUESTS=on needs SIGNING_SECRET"],
    [{ AUTH_MODE: "gateway", GATEWAY_SECRET: secret }, "GUESTS=on needs AUTH_MODE"],
    [{ LOGIN_URL: "http://login.example.com" }, "LOGIN_URL must be"],
  ])("make the deployment not ready with %j", async (wrong, reason) => {
    const OPS_TOKEN = "operators-token-of-a-test-of-32-bytes";
    const response = await appFetch({ ...settings, ...wrong, OPS_TOKEN })("/ready", {
      headers: { authorization: `Bearer ${OPS_TOKEN}` },
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain(reason);
  });
});

describe("logging in as a guest", () => {
  const merge = (cookies: Cookies, headers: Record<string, string> = {}, to = ask) =>
    to("/api/v1/auth/guest/merge", { method: "POST", cookies, headers: { ...from, ...headers } });
  const userCookies = async (sub = `user-${crypto.randomUUID()}`) => ({
    s_access: await signToken({ ...goodClaims(), sub }),
  });

  it("takes a running scan over, and ends the guest's session", async () => {
    const [guest, user] = [await aGuest(), await userCookies()];
    const { result_url } = await (await scan(guest)).json<{ result_url: string }>();
    const response = await merge({ ...user, ...guest });
    expect(await response.json()).toEqual({ merged: true });
    expect(Object.entries(cookiesOf(response))).toEqual([
      ["__Host-s_guest", ""],
      ["__Host-s_guest_refresh", ""],
    ]);
    expect((await ask(result_url, { cookies: user })).ok).toBe(true);
    expect((await post("/api/v1/auth/refresh", guest)).status).toBe(401);
  });

  it("merges by the refresh token alone, and nothing when it is asked again", async () => {
    const [guest, user] = [await aGuest(), await userCookies()];
    const { "__Host-s_guest_refresh": refresh = "" } = guest;
    const cookies = { ...user, "__Host-s_guest_refresh": refresh };
    expect(await (await merge(cookies)).json()).toEqual({ merged: true });
    const later = appFetch(settings);
    expect(await (await merge(cookies, {}, later)).json()).toEqual({ merged: false });
  });

  it("merges a guest into one user alone", async () => {
    const guest = await aGuest();
    const { result_url } = await (await scan(guest)).json<{ result_url: string }>();
    const [first, second] = [await userCookies(), await userCookies()];
    const [one, other] = await Promise.all([
      merge({ ...first, ...guest }),
      merge({ ...second, ...guest }),
    ]);
    const merged = [await one.json<{ merged: boolean }>(), await other.json<{ merged: boolean }>()];
    expect(merged.filter((it) => it.merged)).toHaveLength(1);
    const seen = await Promise.all(
      [first, second].map(async (cookies) => (await ask(result_url, { cookies })).ok),
    );
    expect(seen).toEqual(merged.map((it) => it.merged));
  });

  it.each<[string, () => Promise<Cookies>, () => Promise<Record<string, string>>]>([
    ["the guest alone", () => aGuest(), async () => ({})],
    ["nobody", async () => ({}), async () => ({})],
    [
      "a page of somebody else",
      async () => ({ ...(await aGuest()), ...(await userCookies()) }),
      async () => ({ origin: "https://evil.example.com" }),
    ],
    [
      "a page of somebody else that has a token of its own",
      () => aGuest(),
      async () => ({
        ...bearer(await signToken(goodClaims())),
        origin: "https://evil.example.com",
      }),
    ],
  ])("is refused to %s", async (_, cookies, headers) => {
    const response = await merge(await cookies(), await headers());
    expect(response.status).toBe(401);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it("takes nothing of a forged guest", async () => {
    const forged = {
      "__Host-s_guest": await signToken({ ...goodClaims(), sub: "guest:somebody" }),
    };
    const response = await merge({ ...(await userCookies()), ...forged });
    expect(await response.json()).toEqual({ merged: false });
  });
});
