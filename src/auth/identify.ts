import { verifyAccessToken } from "./access-token.ts";
import type { Auth } from "./auth.ts";
import { isGuest } from "./guests.ts";
import { isFromThisMachine } from "./loopback.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { verifyOneUser } from "./one-user.ts";
import { secretsEqual } from "./secrets.ts";
import { cookieNames, cookieValues } from "./session-cookies.ts";
import { UserId } from "./user-id.ts";

/** Carries the key of a local server; the address that `npm start` prints sets it. */
const devKeyCookie = "dev_key";

/** Where a request carries its credentials. */
export interface Credentials {
  url: URL;
  header: (name: string) => string | undefined;
  cookie: (name: string) => string | undefined;
}

/** The user of a request. Browsers send cookies with requests of any page, so `by` says how it authenticated. */
export interface Identity {
  userId: string;
  /** The name that their token gives them; null without one. */
  username: string | null;
  by: "header" | "token" | "cookie";
}

/** Identifies the user of a request. Rejects with `Unauthenticated` or `AuthUnavailable`. */
export async function identify(auth: Auth, credentials: Credentials): Promise<Identity> {
  await requireDevKey(auth, credentials);
  const { settings } = auth;
  if (settings.mode === "gateway") return identifyFromGateway(settings.secret, credentials);
  const bearer = bearerOf(credentials);
  // A bad bearer token is refused even when a good cookie comes with it.
  if (bearer !== null) return { ...(await verifyAccessToken(auth, bearer)), by: "token" };
  const userId = settings.mode === "dev" ? credentials.header("x-user-id") : undefined;
  if (userId !== undefined) return named(userId);
  const byCookie =
    (await identifyByCookie(auth, credentials)) ?? (await identifyGuest(auth, credentials));
  if (byCookie) return { ...byCookie, by: "cookie" };
  throw new Unauthenticated(
    settings.mode === "dev"
      ? "Send X-User-ID, or log in at /api/v1/auth/dev-login."
      : `Send Authorization: Bearer, or the cookie ${cookieNames.user.access}.`,
  );
}

type ByToken = Omit<Identity, "by">;

async function identifyByCookie(auth: Auth, credentials: Credentials): Promise<ByToken | null> {
  const tokens = auth.verify ? cookieValues(credentials, "user", "access") : [];
  return verifyOneUser(
    tokens,
    (token) => verifyAccessToken(auth, token),
    ({ userId }) => userId,
  );
}

/** A guest is who has no session of a user, not even one that is to be renewed. */
async function identifyGuest(auth: Auth, credentials: Credentials): Promise<ByToken | null> {
  const [token] = cookieValues(credentials, "guest", "access");
  if (!auth.guests || !token) return null;
  if (cookieValues(credentials, "user", "refresh").length > 0) {
    throw new Unauthenticated("The session is to be renewed: its access token has expired.");
  }
  return verifyAccessToken({ ...auth, verify: auth.guests.verify }, token);
}

/** Throws `Unauthenticated` where no authentication is configured. */
export function assertConfigured({ settings }: Auth): void {
  if (settings.mode !== "closed") return;
  throw new Unauthenticated(
    "No authentication is configured, see /ready; AUTH_MODE=dev opens a local server.",
  );
}

/** The same, and for requests to a development server from another machine. */
export function assertOpen(auth: Auth, { url, header }: Credentials): void {
  assertConfigured(auth);
  if (auth.settings.mode === "dev" && !isFromThisMachine(url, header)) {
    throw new Unauthenticated(
      "AUTH_MODE=dev accepts requests to localhost only, from the machine it runs on.",
    );
  }
}

/**
 * The same, and for requests to a development server without the key of its start. It stops who reaches the port
 * through a proxy that shows no sign of itself: a page of the same machine carries the key as a cookie.
 */
export async function requireDevKey(auth: Auth, credentials: Credentials): Promise<void> {
  assertOpen(auth, credentials);
  if (auth.settings.mode !== "dev" || auth.settings.key === null) return;
  const shown = credentials.header("x-dev-key") ?? credentials.cookie(devKeyCookie) ?? "";
  if (await secretsEqual(shown, auth.settings.key)) return;
  throw new Unauthenticated(
    "Send X-Dev-Key, which npm start keeps in the file dev-key of its state, or open the page by the address it prints.",
  );
}

/** The token of `Authorization: Bearer`; null without the header. Throws `Unauthenticated` for any other scheme. */
export function bearerOf({ header }: Credentials): string | null {
  const authorization = header("authorization");
  if (authorization === undefined) return null;
  const token = /^Bearer +([\w~+/.-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw new Unauthenticated("Authorization must be Bearer and a token.");
  return token;
}

async function identifyFromGateway(secret: string, { header }: Credentials): Promise<Identity> {
  if (!(await secretsEqual(header("x-gateway-secret") ?? "", secret))) {
    throw new Unauthenticated("Only the gateway may call: X-Gateway-Secret is not its secret.");
  }
  return named(header("x-user-id") ?? "");
}

const named = (userId: string): Identity => ({
  userId: parseUserId(userId),
  username: null,
  by: "header",
});

function parseUserId(text: string): string {
  const id = UserId.safeParse(text);
  if (!id.success)
    throw new Unauthenticated("X-User-ID must be 1 to 128 letters, digits or . _ @ : | -");
  if (isGuest(id.data)) throw new Unauthenticated("X-User-ID must not name a guest.");
  return id.data;
}
