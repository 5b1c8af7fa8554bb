import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { verifyAccessToken } from "../auth/access-token.ts";
import { type Auth, authOf } from "../auth/auth.ts";
import { endSession } from "../auth/end-session.ts";
import { bearerOf, requireDevKey } from "../auth/identify.ts";
import { Unauthenticated } from "../auth/auth-errors.ts";
import { verifyOneUser } from "../auth/one-user.ts";
import { type RenewingAuth, renewSession } from "../auth/renew-session.ts";
import { cookieNames, cookieValues, type SessionKind } from "../auth/session-cookies.ts";
import { issueTokens, newSession, type TokenPair } from "../auth/session.ts";
import { UserId } from "../auth/user-id.ts";
import { loggedOut } from "../resident-messages.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json, jsonBody, requestSchema } from "./openapi/response-bodies.ts";
import { Problem, type ProblemCode } from "./problem.ts";
import { sendChanges } from "./send-changes.ts";
import { readBody } from "./read-body.ts";
import { clearCookies, giveCookies } from "./session-cookies.ts";
import { requireTrustedOrigin, credentialsOf } from "./user.ts";

type AuthContext = Context<{ Bindings: Env }>;

const expires_in = z.int().describe("How long the new access token is valid, s.");

const Login = requestSchema("DevLogin", "Who logs in to a development server.", {
  user_id: UserId,
});

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
  requestBody: jsonBody(Login),
  access: "login",
  responses: { 200: json("The session has begun.", LoggedIn, ["Set-Cookie"]) },
});

const requireOpen = createMiddleware<{ Bindings: Env }>(async function requireOpen(c, next) {
  await requireDevKey(authOf(c.env), credentialsOf(c));
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
    const kind = kindToRenew(c);
    try {
      const pair = await renewed(c, kind);
      giveCookies(c, pair, kind);
      return c.json({ status: "ok" as const, expires_in: pair.accessSeconds }, 200);
    } catch (error) {
      if (error instanceof Unauthenticated) throw ended(c, "SESSION_ENDED", error.message, kind);
      throw error;
    }
  })

  .openapi(logOut, async (c) => {
    const auth = authOf(c.env);
    const [users, guests] = [tokensOf(c, "user"), tokensOf(c, "guest")];
    if (users.length + guests.length > 0) requireTrustedOrigin(c);
    await endSession(auth, c.env.DB, users);
    if (auth.guests) await endSession(auth.guests, c.env.DB, guests);
    sendChanges(c);
    clearCookies(c);
    if (guests.length > 0) clearCookies(c, "guest");
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

const tokensOf = (c: AuthContext, kind: SessionKind): string[] => [
  ...cookieValues(credentialsOf(c), kind, "access"),
  ...cookieValues(credentialsOf(c), kind, "refresh"),
];

/** The session of a guest is renewed where there is none of a user. */
function kindToRenew(c: AuthContext): SessionKind {
  const credentials = credentialsOf(c);
  const isGuest =
    authOf(c.env).guests !== null &&
    credentials.header("authorization") === undefined &&
    tokensOf(c, "user").length === 0 &&
    cookieValues(credentials, "guest", "refresh").length > 0;
  return isGuest ? "guest" : "user";
}

async function renewed(c: AuthContext, kind: SessionKind): Promise<TokenPair> {
  const auth = kind === "guest" ? { ...authOf(c.env), ...authOf(c.env).guests } : authOf(c.env);
  if (!canRenew(auth)) {
    throw ended(c, "SESSION_FOREIGN", "Who issued the token renews it: log in again there.", kind);
  }
  const credentials = credentialsOf(c);
  const tokens = cookieValues(credentials, kind, "refresh");
  // A bad bearer would go on being refused, whatever the new cookies are.
  const bearer = bearerOf(credentials);
  if (bearer !== null) await verifyAccessToken(auth, bearer);
  const valid = await verifyOneUser(
    tokens,
    async (token) => ({ token, sub: (await auth.verify(token)).sub }),
    ({ sub }) => sub,
  );
  if (!valid) throw new Unauthenticated(`There is no cookie ${cookieNames[kind].refresh}.`);
  return renewSession(auth, c.env.DB, valid.token);
}

const canRenew = (auth: Auth): auth is RenewingAuth =>
  auth.verify !== null && auth.sessions !== null;

function ended(c: AuthContext, code: ProblemCode, detail: string, kind: SessionKind): Problem {
  clearCookies(c, kind);
  return new Problem(code, detail);
}
