import { type Context, Hono } from "hono";
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
import { invalid, Problem, type ProblemCode } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { limitBody } from "./scan-body.ts";
import { clearCookies, giveCookies } from "./session-cookies.ts";
import { requireTrustedOrigin, credentialsOf } from "./user.ts";

type AuthContext = Context<{ Bindings: Env }>;

/** Who logs in to a development server. */
export const Login = z.strictObject({ user_id: UserId });

/** The sessions of browsers, as the existing front end asks for them. */
export const auth = new Hono<{ Bindings: Env }>()
  .use(async (c, next) => {
    assertOpen(authOf(c.env), credentialsOf(c));
    await next();
  })

  /**
   * A front end repeats what was refused as soon as this succeeds. So it succeeds only when the new
   * token is taken, and a refusal leaves no cookie to try again with.
   */
  .post("/refresh", async (c) => {
    requireTrustedOrigin(c);
    try {
      const pair = await renewed(c);
      giveCookies(c, pair);
      return c.json({ status: "ok" as const, expires_in: pair.accessSeconds });
    } catch (error) {
      if (error instanceof Unauthenticated) throw ended(c, "SESSION_ENDED", error.message);
      throw error;
    }
  })

  .post("/logout", async (c) => {
    const tokens = [accessCookie, refreshCookie].flatMap((name) => getCookie(c, name) ?? []);
    if (tokens.length > 0) requireTrustedOrigin(c);
    await endSession(authOf(c.env), c.env.DB, tokens);
    clearCookies(c);
    return c.json({ status: "ok" as const });
  })

  .post("/dev-login", limitBody, async (c) => {
    const { settings, sessions } = authOf(c.env);
    if (settings.mode !== "dev")
      throw new Unauthenticated("Only AUTH_MODE=dev lets anybody log in so.");
    if (!sessions) throw new Unauthenticated("A login needs SIGNING_SECRET.");
    // A page of somebody else could log its visitor in as another.
    if (c.req.header("origin") !== undefined) requireTrustedOrigin(c);
    const login = Login.safeParse(await readJson(c));
    if (!login.success) throw invalid(login.error);
    const { user_id } = login.data;
    const pair = await issueTokens(sessions, newSession(user_id));
    giveCookies(c, pair);
    return c.json({ user_id, expires_in: pair.accessSeconds });
  });

async function renewed(c: AuthContext): Promise<TokenPair> {
  const auth = authOf(c.env);
  if (!canRenew(auth)) {
    throw ended(c, "SESSION_FOREIGN", "Who issued the token renews it: log in again there.");
  }
  const token = getCookie(c, refreshCookie);
  if (!token) throw new Unauthenticated(`There is no cookie ${refreshCookie}.`);
  // A bad bearer would go on being refused, whatever the new cookies say.
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
