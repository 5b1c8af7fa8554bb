import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { getCookie } from "hono/cookie";
import { z } from "zod";
import { verifyAccessToken } from "../auth/access-token.ts";
import { type Auth, authOf } from "../auth/auth.ts";
import { endSession } from "../auth/end-session.ts";
import { accessCookie, assertOpen, bearerOf, refreshCookie } from "../auth/identify.ts";
import { Unauthenticated } from "../auth/auth-errors.ts";
import { renewSession } from "../auth/renew-session.ts";
import { issueTokens, newSession, type TokenPair } from "../auth/session.ts";
import { UserId } from "../auth/user-id.ts";
import { loggedOut } from "../resident-messages.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json, jsonBody, order } from "./openapi/response-bodies.ts";
import { Problem, type ProblemCode } from "./problem.ts";
import { sendChanges } from "./send-changes.ts";
import { readBody } from "./read-body.ts";
import { limitBody } from "./scan-body.ts";
import { clearCookies, giveCookies } from "./session-cookies.ts";
import { requireTrustedOrigin, credentialsOf } from "./user.ts";

type AuthContext = Context<{ Bindings: Env }>;

const expires_in = z.int().describe("How long the new access token is valid, s.");

const Login = order("DevLogin", "Who logs in to a development server.", { user_id: UserId });

const Renewed = body("Renewed", "A session that was renewed.", {
  status: z.literal("ok"),
  expires_in,
});

const LoggedOut = body(
  "LoggedOut",
  "A session that has ended, as the existing front end reads it.",
  {
    success: z.literal(true),
    data: z.object({ message: z.string().describe("For people.") }),
  },
);

const LoggedIn = body("LoggedIn", "A session that has begun.", { user_id: z.string(), expires_in });

const route = defineRoutes("Sessions", "session");

const refreshSession = route("post", "/refresh", "refreshSession", {
  summary: "Renew a browser's session",
  description:
    "Exchanges `s_refresh` for a new pair of cookies. One that is used twice is in two hands, and ends its " +
    "session. A refusal clears both cookies.",
  responses: { 200: json("The session goes on.", Renewed, ["Set-Cookie"]) },
  problems: ["SESSION_ENDED", "SESSION_FOREIGN"],
});

const logOut = route("post", "/logout", "logOut", {
  summary: "End a browser's session",
  description: "Revokes and clears the cookies; without any it does nothing.",
  access: "logout",
  responses: { 200: json("The session has ended.", LoggedOut, ["Set-Cookie"]) },
});

const logInLocally = route("post", "/dev-login", "logInLocally", {
  summary: "Begin a session on a development server",
  description: "With `AUTH_MODE=dev` only; elsewhere it is a 401.",
  middleware: limitBody,
  requestBody: jsonBody(Login),
  access: "login",
  responses: { 200: json("The session has begun.", LoggedIn, ["Set-Cookie"]) },
  problems: ["PAYLOAD_TOO_LARGE"],
});

const requireOpen = createMiddleware<{ Bindings: Env }>(async function requireOpen(c, next) {
  assertOpen(authOf(c.env), credentialsOf(c));
  await next();
});

/** The sessions of browsers, as the existing front end asks for them. */
export const auth = router(requireOpen)
  /**
   * A front end repeats what was refused as soon as this succeeds. So it succeeds only when the new
   * token is taken, and a refusal leaves no cookie to try again with.
   */
  .openapi(refreshSession, async (c) => {
    requireTrustedOrigin(c);
    try {
      const pair = await renewed(c);
      giveCookies(c, pair);
      return c.json({ status: "ok" as const, expires_in: pair.accessSeconds }, 200);
    } catch (error) {
      if (error instanceof Unauthenticated) throw ended(c, "SESSION_ENDED", error.message);
      throw error;
    }
  })

  .openapi(logOut, async (c) => {
    const tokens = [accessCookie, refreshCookie].flatMap((name) => getCookie(c, name) ?? []);
    if (tokens.length > 0) requireTrustedOrigin(c);
    await endSession(authOf(c.env), c.env.DB, tokens);
    sendChanges(c);
    clearCookies(c);
    return c.json({ success: true as const, data: { message: loggedOut } }, 200);
  })

  .openapi(logInLocally, async (c) => {
    const { settings, sessions } = authOf(c.env);
    if (settings.mode !== "dev")
      throw new Unauthenticated("Only AUTH_MODE=dev lets anybody log in so.");
    if (!sessions) throw new Unauthenticated("A login needs SIGNING_SECRET.");
    // A page of somebody else could log its visitor in as another.
    if (c.req.header("origin") !== undefined) requireTrustedOrigin(c);
    const { user_id } = await readBody(c, Login);
    const pair = await issueTokens(sessions, newSession(user_id));
    giveCookies(c, pair);
    return c.json({ user_id, expires_in: pair.accessSeconds }, 200);
  });

async function renewed(c: AuthContext): Promise<TokenPair> {
  const auth = authOf(c.env);
  if (!canRenew(auth)) {
    throw ended(c, "SESSION_FOREIGN", "Who issued the token renews it: log in again there.");
  }
  const token = getCookie(c, refreshCookie);
  if (!token) throw new Unauthenticated(`There is no cookie ${refreshCookie}.`);
  // A bad bearer would go on being refused, whatever the new cookies are.
  const bearer = bearerOf(credentialsOf(c));
  if (bearer !== null) await verifyAccessToken(auth, bearer);
  return renewSession(auth, c.env.DB, token);
}

const canRenew = (auth: Auth): auth is Auth & Parameters<typeof renewSession>[0] =>
  auth.verify !== null && auth.sessions !== null;

function ended(c: AuthContext, code: ProblemCode, detail: string): Problem {
  clearCookies(c);
  return new Problem(code, detail);
}
