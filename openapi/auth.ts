import { z } from "zod";
import { Login } from "../src/api/auth.ts";
import { json, jsonBody } from "./bodies.ts";
import { answers, sends } from "./named-schemas.ts";
import { operation, type Resource } from "./operation.ts";

const expires_in = z.int().meta({ description: "How long the new access token is good for, s." });
const Renewed = answers("Renewed", z.object({ status: z.literal("ok"), expires_in }));
const LoggedOut = answers("LoggedOut", z.object({ status: z.literal("ok") }));
const LoggedIn = answers("LoggedIn", z.object({ user_id: z.string(), expires_in }));
const DevLogin = sends("DevLogin", Login, "Who one wants to be on a local server.");

export const auth: Resource = {
  tag: "Sessions",
  description:
    "The sessions of browsers: `s_access` says who is asking, and `s_refresh` renews it, once.",
  operations: [
    operation("post", "/api/v1/auth/refresh", {
      id: "refreshSession",
      summary: "Renew a browser's session",
      description:
        "Exchanges `s_refresh` for a new pair of cookies. One that comes again later is in two hands, and " +
        "ends its session. A refusal takes both cookies away.",
      access: "session",
      answers: {
        200: json("The session goes on.", Renewed, { renewed: { status: "ok", expires_in: 900 } }, [
          "Set-Cookie",
        ]),
      },
      problems: ["SESSION_ENDED", "SESSION_FOREIGN"],
    }),
    operation("post", "/api/v1/auth/logout", {
      id: "logOut",
      summary: "End a browser's session",
      description: "Revokes what the cookies hold, and takes them away; without any it is done.",
      access: "logout",
      answers: {
        200: json("The session has ended.", LoggedOut, { "logged out": { status: "ok" } }, [
          "Set-Cookie",
        ]),
      },
    }),
    operation("post", "/api/v1/auth/dev-login", {
      id: "logInLocally",
      summary: "Begin a session on a local server",
      description: "With `AUTH_MODE=dev` only; elsewhere it is a 401.",
      access: "login",
      body: jsonBody(DevLogin, { kim: { user_id: "kim" } }),
      answers: {
        200: json(
          "The session has begun.",
          LoggedIn,
          { kim: { user_id: "kim", expires_in: 900 } },
          ["Set-Cookie"],
        ),
      },
      problems: ["MALFORMED_JSON", "PAYLOAD_TOO_LARGE", "VALIDATION_ERROR"],
    }),
  ],
};
