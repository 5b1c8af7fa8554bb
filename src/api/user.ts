import { createMiddleware } from "hono/factory";
import { Problem } from "./problem.ts";

export interface UserEnv {
  Bindings: Env;
  Variables: { userId: string };
}

const userIdForm = /^[\w.@:|-]{1,128}$/;

/**
 * Who is asking, or null. `AUTH_MODE=dev` trusts `X-User-ID`; without a mode nobody is known, so
 * nothing is open.
 */
export function userOf({ AUTH_MODE }: Env, userId: string | undefined): string | null {
  if (AUTH_MODE !== "dev") return null;
  return userId && userIdForm.test(userId) ? userId : null;
}

/** Refuses with 401 whoever is not known. */
export const requireUser = createMiddleware<UserEnv>(async function requireUser(c, next) {
  const userId = userOf(c.env, c.req.header("x-user-id"));
  if (!userId) throw unknownUser(c.env.AUTH_MODE);
  c.set("userId", userId);
  await next();
});

export const unknownUser = (mode: string): Problem =>
  new Problem(
    "UNAUTHORIZED",
    mode === "dev"
      ? "Send X-User-ID: 1 to 128 letters, digits or . _ @ : | -"
      : "No way to authenticate is configured; AUTH_MODE=dev opens a local server.",
  );
