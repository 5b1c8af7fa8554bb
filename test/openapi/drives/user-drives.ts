import { env } from "cloudflare:workers";
import { z } from "zod";
import { addScan } from "../../support/user-history.ts";
import { cookiesOf, appFetch } from "../../support/app-fetch.ts";
import { crashingEnv } from "../../support/crashing-env.ts";
import { as, asked, aUser, bodyOf, type Drives, jsonType, local, server } from "../driving.ts";

const mine = (id: string) => asked(id, { headers: as(aUser()) });

/** A user with scans of every kind in the history. */
async function withHistory(id: string, query = ""): Promise<Response> {
  const userId = aUser();
  const none = { major: null, middle: null, minor: null };
  await addScan(userId, { rewardCode: "char-petty", rewardName: "페티" });
  await addScan(userId, { major: "대형폐기물", middle: "대형폐기물", minor: null });
  await addScan(userId, { status: "failed", errorCode: "MODEL_UNAVAILABLE", region: null });
  await addScan(userId, { ...none, status: "cancelled", photoKey: null });
  return asked(id, { query, headers: as(userId) });
}

const changed = (body: object) =>
  asked("changeProfile", { headers: { ...as(aUser()), ...jsonType }, body: JSON.stringify(body) });

const subscribed = (to: typeof server) =>
  asked(
    "subscribePush",
    { headers: { ...as(aUser()), ...jsonType }, body: bodyOf("subscribePush") ?? "" },
    to,
  );

const origin = { origin: local };
const loggedIn = (body = JSON.stringify({ user_id: aUser() })) =>
  asked("logInLocally", { headers: { ...jsonType, ...origin }, body });
const guestsOn = appFetch({ GUESTS: "on" }, local);
const withoutDatabase = appFetch(
  { GUESTS: "on", GUESTS_PER_ADDRESS: "1", DB: crashingEnv(env, 0, "before").DB },
  local,
);
const guest = (cookies = {}, to = guestsOn) =>
  asked("beginGuestSession", { headers: origin, cookies }, to);

const merge = (cookies = {}, to = guestsOn) =>
  asked("mergeGuest", { headers: origin, cookies }, to);

const cookies = async () => cookiesOf(await loggedIn());

const Begun = z.object({ receipt_url: z.string() });

export const userDrives: Drives = {
  getProfile: {
    "200": () => mine("getProfile"),
    "500 INTERNAL_ERROR": () =>
      asked(
        "getProfile",
        { headers: as(aUser()) },
        appFetch({ DB: crashingEnv(env, 0, "before").DB }, local),
      ),
  },
  changeProfile: {
    "200": () => changed({ nickname: "분리배출왕", phone_number: "+82 10 1234 5678" }),
    "200 taken away": () => changed({ nickname: null }),
  },
  listCollection: { "200": () => mine("listCollection") },
  listHistory: {
    "200 none": () => mine("listHistory"),
    "200": () => withHistory("listHistory"),
    "200 with another page": () => withHistory("listHistory", "?limit=2"),
  },
  getStats: { "200 none": () => mine("getStats"), "200": () => withHistory("getStats") },
  getPush: { "200": () => mine("getPush") },
  subscribePush: {
    "200": () => subscribed(server),
    "404 NO_PUSH": () =>
      subscribed(appFetch({ VAPID_PUBLIC_KEY: "", VAPID_PRIVATE_KEY: "" }, local)),
  },
  unsubscribePush: { "204": () => mine("unsubscribePush") },
  eraseUser: { "202": () => mine("eraseUser") },
  getErasure: {
    "200": async () => {
      const user = aUser();
      const begun = await asked("eraseUser", { headers: as(user) });
      const { receipt_url } = Begun.parse(await begun.json());
      return server(receipt_url, { headers: as(user) });
    },
  },
  refreshSession: {
    "200": async () => asked("refreshSession", { cookies: await cookies(), headers: origin }),
    "401 SESSION_ENDED": () => asked("refreshSession", { headers: origin }),
    "401 SESSION_FOREIGN": () =>
      asked(
        "refreshSession",
        { headers: origin },
        appFetch(
          { AUTH_MODE: "gateway", GATEWAY_SECRET: "a secret of 32 bytes, or some more" },
          local,
        ),
      ),
    "401 UNAUTHORIZED for a page of somebody else": async () =>
      asked("refreshSession", {
        cookies: await cookies(),
        headers: { origin: "https://evil.example.com" },
      }),
  },
  logOut: {
    "200": async () => asked("logOut", { cookies: await cookies(), headers: origin }),
    "200 without cookies": () => asked("logOut"),
  },
  getAuthOptions: {
    "200": () => asked("getAuthOptions"),
    "200 as a guest": async () =>
      asked("getAuthOptions", { cookies: cookiesOf(await guest()) }, guestsOn),
  },
  mergeGuest: {
    "200": async () => merge({ ...(await cookies()), ...cookiesOf(await guest()) }),
    "200 without a guest": async () => merge(await cookies()),
    "404 NO_GUESTS": () => merge({}, server),
    "503 AUTH_UNAVAILABLE": async () => merge(await cookies(), withoutDatabase),
  },
  beginGuestSession: {
    "200": () => guest(),
    "200 again": async () => guest(cookiesOf(await guest())),
    "404 NO_GUESTS": () => guest({}, server),
    "409 SIGNED_IN": async () => guest(await cookies()),
    "503 AUTH_UNAVAILABLE": () => guest({}, withoutDatabase),
  },
  logInLocally: {
    "200": () => loggedIn(),
  },
};
