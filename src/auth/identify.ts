import { userOfToken } from "./access.ts";
import type { Auth } from "./auth.ts";
import { isFromThisMachine } from "./loopback.ts";
import { Refusal } from "./refusal.ts";
import { sameSecret } from "./secrets.ts";
import { UserId } from "./user-id.ts";

/** What a request shows of who is asking. */
export interface Shown {
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

/** Who is asking. Rejects with `Refusal`, or with `Undecided` when that cannot be told now. */
export async function identify(auth: Auth, shown: Shown): Promise<Identity> {
  assertOpen(auth, shown);
  const { settings } = auth;
  if (settings.mode === "gateway") return fromGateway(settings.secret, shown);
  const bearer = bearerOf(shown);
  // What is shown has to be good: a bad token is not made good by a cookie.
  if (bearer !== null) return { userId: await userOfToken(auth, bearer), by: "token" };
  const said = settings.mode === "dev" ? shown.header("x-user-id") : undefined;
  if (said !== undefined) return { userId: userIdIn(said), by: "header" };
  const cookie = shown.cookie(accessCookie);
  if (cookie && auth.verify) return { userId: await userOfToken(auth, cookie), by: "cookie" };
  throw new Refusal(
    settings.mode === "dev"
      ? "Send X-User-ID, or log in at /api/v1/auth/dev-login."
      : `Send Authorization: Bearer, or the cookie ${accessCookie}.`,
  );
}

/** Refuses everybody, whatever they show, where no way to know them is configured. */
export function assertConfigured({ settings }: Auth): void {
  if (settings.mode !== "closed") return;
  throw new Refusal(
    "No way to authenticate is configured, see /ready; AUTH_MODE=dev opens a local server.",
  );
}

/** The same, and who does not ask from the machine that a development server is for. */
export function assertOpen(auth: Auth, { url, header }: Shown): void {
  assertConfigured(auth);
  if (auth.settings.mode === "dev" && !isFromThisMachine(url, header)) {
    throw new Refusal("AUTH_MODE=dev is for the machine it runs on, by its name localhost.");
  }
}

/** The token of `Authorization: Bearer`; null without the header, whatever else it says is refused. */
export function bearerOf({ header }: Shown): string | null {
  const authorization = header("authorization");
  if (authorization === undefined) return null;
  const token = /^Bearer +([\w~+/.-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw new Refusal("Authorization has to be Bearer and a token.");
  return token;
}

async function fromGateway(secret: string, { header }: Shown): Promise<Identity> {
  if (!(await sameSecret(header("x-gateway-secret") ?? "", secret))) {
    throw new Refusal("Only the gateway may call: X-Gateway-Secret is not its secret.");
  }
  return { userId: userIdIn(header("x-user-id") ?? ""), by: "header" };
}

function userIdIn(text: string): string {
  const id = UserId.safeParse(text);
  if (!id.success) throw new Refusal("X-User-ID has to be 1 to 128 letters, digits or . _ @ : | -");
  return id.data;
}
