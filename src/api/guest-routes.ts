import type { Context } from "hono";
import { z } from "zod";
import { type Auth, authOf } from "../auth/auth.ts";
import { Unauthenticated } from "../auth/auth-errors.ts";
import { admitGuest } from "../auth/guest-limit.ts";
import { type Guests, isGuest, newGuestId } from "../auth/guests.ts";
import { identify, requireDevKey } from "../auth/identify.ts";
import { renewSession } from "../auth/renew-session.ts";
import { cookieValues } from "../auth/session-cookies.ts";
import { issueTokens, newSession, type TokenPair } from "../auth/session.ts";
import { secondsToMidnight, seoulDayStart } from "../pipeline/admission.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json } from "./openapi/response-bodies.ts";
import { found, Problem } from "./problem.ts";
import { guestsPerAddress, quotaOf } from "./quota.ts";
import { giveCookies } from "./session-cookies.ts";
import { credentialsOf, requireTrustedOrigin } from "./user.ts";

export type GuestContext = Context<{ Bindings: Env }>;

const Options = body("AuthOptions", "How residents get in here, and who asks.", {
  guests: z.boolean().describe("Whether `POST /api/v1/auth/guest` begins sessions of guests."),
  login_url: z.string().nullable().describe("Where residents log in; null for nowhere."),
  signed_in: z
    .enum(["nobody", "guest", "user"])
    .describe("Whose the session or the token of the request is."),
  has_guest: z
    .boolean()
    .describe("Whether the request has the session of a guest, beside that of a user perhaps."),
});

const GuestSession = body("GuestSession", "The session of a guest, which its cookies carry.", {
  status: z.literal("ok"),
  expires_in: z.int().describe("How long the access token is valid, s."),
  scans_per_day: z
    .int()
    .nullable()
    .describe("How many scans a guest has a day; null for no limit."),
});

const route = defineRoutes("Sessions", "guest");

const getOptions = route("get", "/options", "getAuthOptions", {
  summary: "How residents get in here",
  description: "For pages that authenticate by cookies, which no script can read.",
  access: "options",
  responses: { 200: json("The ways in.", Options) },
});

const beginGuest = route("post", "/guest", "beginGuestSession", {
  summary: "Begin the session of a guest, or go on with it",
  description:
    "With `GUESTS=on`. Sets cookies that identify a guest: a user without an account, with scans, a history and a " +
    "collection of their own. With a guest's refresh cookie the session is renewed.",
  responses: { 200: json("The session has begun, or goes on.", GuestSession, ["Set-Cookie"]) },
  problems: ["NO_GUESTS", "SIGNED_IN"],
});

export const guests = router()
  .openapi(getOptions, async (c) => {
    const auth = authOf(c.env);
    return c.json(
      {
        guests: auth.guests !== null,
        login_url: c.env.LOGIN_URL || null,
        signed_in: await signedIn(c, auth),
        has_guest: auth.guests !== null && guestTokens(c).length > 0,
      },
      200,
    );
  })

  .openapi(beginGuest, async (c) => {
    const { guests, auth } = await openGuests(c);
    requireTrustedOrigin(c);
    const credentials = credentialsOf(c);
    const isUser =
      credentials.header("authorization") !== undefined ||
      cookieValues(credentials, "user", "access").length > 0 ||
      cookieValues(credentials, "user", "refresh").length > 0;
    if (isUser) throw new Problem("SIGNED_IN", "Renew the session of the user, or log out.");
    const pair = (await renewed(c, auth, guests)) ?? (await begun(c, guests));
    giveCookies(c, pair, "guest");
    const { perDay } = quotaOf(c.env, newGuestId());
    const { accessSeconds: expires_in } = pair;
    return c.json({ status: "ok" as const, expires_in, scans_per_day: perDay }, 200);
  });

/** The guests of this deployment; a 404 where there are none. */
export async function openGuests(c: GuestContext): Promise<{ auth: Auth; guests: Guests }> {
  const auth = authOf(c.env);
  await requireDevKey(auth, credentialsOf(c));
  const guests = found(auth.guests, "NO_GUESTS", "GUESTS is not on: log in, as auth/options says.");
  return { auth, guests };
}

/** The tokens of a guest that a request has. */
export const guestTokens = (c: GuestContext): string[] => [
  ...cookieValues(credentialsOf(c), "guest", "access"),
  ...cookieValues(credentialsOf(c), "guest", "refresh"),
];

async function signedIn(c: GuestContext, auth: Auth): Promise<"nobody" | "guest" | "user"> {
  try {
    const { userId } = await identify(auth, credentialsOf(c));
    return isGuest(userId) ? "guest" : "user";
  } catch (error) {
    if (error instanceof Unauthenticated) return "nobody";
    throw error;
  }
}

/** The session that the request has, renewed; null for none, and for one that has ended. */
async function renewed(c: GuestContext, auth: Auth, guests: Guests): Promise<TokenPair | null> {
  const [token] = cookieValues(credentialsOf(c), "guest", "refresh");
  if (token === undefined) return null;
  try {
    return await renewSession({ ...auth, ...guests }, c.env.DB, token);
  } catch (error) {
    if (error instanceof Unauthenticated) return null;
    throw error;
  }
}

async function begun(c: GuestContext, { sessions }: Guests): Promise<TokenPair> {
  const now = Date.now();
  const limit = guestsPerAddress(c.env);
  const address = c.req.header("cf-connecting-ip") ?? "unknown";
  const { secret: key } = sessions.key;
  const order = { key, address, day: seoulDayStart(now) };
  if (limit !== null && !(await admitGuest(c.env.DB, { ...order, limit }))) {
    c.header("retry-after", String(secondsToMidnight(now)));
    throw new Problem("RATE_LIMITED", "No more guests may begin at this address today; log in.");
  }
  return issueTokens(sessions, newSession(newGuestId(), now), now);
}
