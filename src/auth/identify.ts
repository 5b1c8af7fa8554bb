import { verifyAccessToken } from "./access-token.ts";
import type { Auth } from "./auth.ts";
import { isFromThisMachine } from "./loopback.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { secretsEqual } from "./secrets.ts";
import { UserId } from "./user-id.ts";

/** What a request shows of who is asking. */
export interface Credentials {
  url: URL;
  header: (name: string) => string | undefined;
  cookie: (name: string) => string | undefined;
}

/** Who is asking. Browsers send cookies by themselves, whoever's page asks: that is told apart. */
export interface Identity {
  userId: string;
  by: "header" | "token" | "cookie";
}

export const accessCookie = "s_access";
export const refreshCookie = "s_refresh";

/** Who is asking. Rejects with `Unauthenticated`, or with `AuthUnavailable` when that cannot be told now. */
export async function identify(auth: Auth, shown: Credentials): Promise<Identity> {
  assertOpen(auth, shown);
  const { settings } = auth;
  if (settings.mode === "gateway") return identifyFromGateway(settings.secret, shown);
  const bearer = bearerOf(shown);
  // What is shown has to be good: a bad token is not made good by a cookie.
  if (bearer !== null) return { userId: await verifyAccessToken(auth, bearer), by: "token" };
  const said = settings.mode === "dev" ? shown.header("x-user-id") : undefined;
  if (said !== undefined) return { userId: userIdIn(said), by: "header" };
  const cookie = shown.cookie(accessCookie);
  if (cookie && auth.verify) return { userId: await verifyAccessToken(auth, cookie), by: "cookie" };
  throw new Unauthenticated(
    settings.mode === "dev"
      ? "Send X-User-ID, or log in at /api/v1/auth/dev-login."
      : `Send Authorization: Bearer, or the cookie ${accessCookie}.`,
  );
}

/** Refuses everybody, whatever they show, where no way to know them is configured. */
export function assertConfigured({ settings }: Auth): void {
  if (settings.mode !== "closed") return;
  throw new Unauthenticated(
    "No way to authenticate is configured, see /ready; AUTH_MODE=dev opens a local server.",
  );
}

/** The same, and who does not ask from the machine that a development server is for. */
export function assertOpen(auth: Auth, { url, header }: Credentials): void {
  assertConfigured(auth);
  if (auth.settings.mode === "dev" && !isFromThisMachine(url, header)) {
    throw new Unauthenticated(
      "AUTH_MODE=dev is for the machine it runs on, by its name localhost.",
    );
  }
}

/** The token of `Authorization: Bearer`; null without the header, whatever else it says is refused. */
export function bearerOf({ header }: Credentials): string | null {
  const authorization = header("authorization");
  if (authorization === undefined) return null;
  const token = /^Bearer +([\w~+/.-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw new Unauthenticated("Authorization has to be Bearer and a token.");
  return token;
}

async function identifyFromGateway(secret: string, { header }: Credentials): Promise<Identity> {
  if (!(await secretsEqual(header("x-gateway-secret") ?? "", secret))) {
    throw new Unauthenticated("Only the gateway may call: X-Gateway-Secret is not its secret.");
  }
  return { userId: userIdIn(header("x-user-id") ?? ""), by: "header" };
}

function userIdIn(text: string): string {
  const id = UserId.safeParse(text);
  if (!id.success)
    throw new Unauthenticated("X-User-ID has to be 1 to 128 letters, digits or . _ @ : | -");
  return id.data;
}
