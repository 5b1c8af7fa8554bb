import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import { z } from "zod";
import { Unauthenticated } from "../../auth/auth-errors.ts";
import {
  beginOperatorSession,
  endOperatorSession,
  operatorCookie,
  operatorSessionSeconds,
  type OperatorSession,
} from "../../auth/operator-session.ts";
import { isPlain } from "../../auth/session-cookies.ts";
import { isoTime } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, body, empty, json, jsonBody } from "../openapi/response-bodies.ts";
import { readBody } from "../read-body.ts";
import { assertToken } from "../require-token.ts";
import { sendChanges } from "../send-changes.ts";
import { operatorOf, requireOwnPage } from "./operator-access.ts";
import { Operator } from "./operator-bodies.ts";

type AnyContext = Context<{ Bindings: Env }>;

const operator = z.object({ name: z.string(), ends_at: isoTime });

const OperatorState = body("OperatorState", "Whether this browser has a session of an operator.", {
  open: z.boolean().describe("Whether OPS_TOKEN is set, without which nobody is let in."),
  operator: operator.nullable(),
});
const Begun = body("OperatorSession", "The session, which its cookie carries.", {
  operator,
});

const route = defineRoutes("Ops: session", "operator");

const getSession = route("get", "/", "getOperatorSession", {
  summary: "Whether this browser has a session",
  access: "operatorOptions",
  responses: { 200: json("The operator, or nobody.", OperatorState) },
});

const beginSession = route("post", "/", "beginOperatorSession", {
  summary: "Exchange the token for a session",
  description:
    "Sets a cookie that no script can read, for all tabs and for 12 hours. Scripts go on sending the token.",
  access: "operatorLogin",
  requestBody: jsonBody(Operator, { kim: { by: "kim" } }),
  responses: { 201: json("The session has begun.", Begun, ["Set-Cookie"]) },
});

const endSession = route("delete", "/", "endOperatorSession", {
  summary: "End the session of this browser",
  description:
    "Its cookie is good for nothing from then on, wherever it is. Without a session it does nothing.",
  responses: { 204: empty("It has ended.", ["Set-Cookie"]) },
});

/** Who is an operator, and how a browser begins to be one. */
export const session = router()
  .openapi(getSession, async (c) => {
    const found = await operatorIn(c);
    const state = { open: Boolean(c.env.OPS_TOKEN), operator: found && viewOf(found) };
    return c.json(answerOf(OperatorState, state), 200);
  })

  .openapi(beginSession, async (c) => {
    // A page of somebody else could log its visitor in under another name.
    if (c.req.header("origin") !== undefined) requireOwnPage(c);
    await assertToken(c, "OPS_TOKEN");
    const { by } = await readBody(c, Operator);
    const { token, session } = await beginOperatorSession(c.env, by);
    giveCookie(c, token, operatorSessionSeconds);
    return c.json(answerOf(Begun, { operator: viewOf(session) }), 201);
  });

/** What an operator does with the own session. */
export const ownSession = router().openapi(endSession, async (c) => {
  const found = await operatorOf(c);
  if (found) {
    await endOperatorSession(c.env.DB, found);
    sendChanges(c);
  }
  giveCookie(c, "", 0);
  return c.body(null, 204);
});

const viewOf = ({ name, exp }: OperatorSession) => ({ name, ends_at: exp * 1000 });

async function operatorIn(c: AnyContext): Promise<OperatorSession | null> {
  try {
    return await operatorOf(c);
  } catch (error) {
    if (error instanceof Unauthenticated) return null;
    throw error;
  }
}

function giveCookie(c: AnyContext, token: string, maxAge: number): void {
  const url = new URL(c.req.url);
  const secure = !isPlain(url);
  setCookie(c, operatorCookie(url), token, {
    httpOnly: true,
    secure,
    sameSite: "Strict",
    path: "/",
    maxAge,
  });
}
