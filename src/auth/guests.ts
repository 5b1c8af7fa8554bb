import { isLoopbackHost } from "./loopback.ts";
import { secretKey } from "./secrets.ts";
import type { SharedRules } from "./session.ts";
import { type Verify, tokenVerifier } from "./verify-token.ts";

/** Issuer and audience of the sessions of guests, so that no other token is one, nor the reverse. */
const guestIssuer = "eco2-edge/guests";
const prefix = "guest:";

/** Users without an account, whose sessions this deployment issues itself. */
export interface Guests {
  verify: Verify;
  sessions: SharedRules;
}

type GuestVars = Pick<Env, "GUESTS" | "LOGIN_URL" | "AUTH_MODE" | "SIGNING_SECRET">;

export const newGuestId = (): string => `${prefix}${crypto.randomUUID()}`;

/** Whether a user is a guest. Nobody else may have such an id. */
export const isGuest = (userId: string): boolean => userId.startsWith(prefix);

/** The guests of a deployment; null where there are none. */
export function guestsOf({ GUESTS, SIGNING_SECRET }: GuestVars): Guests | null {
  const { key } = secretKey(SIGNING_SECRET);
  if (GUESTS !== "on" || !key) return null;
  const secret = { type: "secret" as const, secret: key };
  const sessions = { issuer: guestIssuer, audience: [guestIssuer], key: secret };
  return { sessions, verify: tokenVerifier(sessions, secret, isGuest) };
}

/** One sentence for each wrong setting of guests. */
export function guestErrors({ GUESTS, LOGIN_URL, AUTH_MODE, SIGNING_SECRET }: GuestVars): string[] {
  const isOn = GUESTS === "on";
  return [
    ...(isOn || !GUESTS ? [] : ['GUESTS must be "on", or empty']),
    ...(isOn && AUTH_MODE === "gateway" ? ["GUESTS=on needs AUTH_MODE=jwt or dev"] : []),
    ...(isOn && !SIGNING_SECRET ? ["GUESTS=on needs SIGNING_SECRET"] : []),
    ...(!LOGIN_URL || isAddress(LOGIN_URL) ? [] : ["LOGIN_URL must be an https URL"]),
  ];
}

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}
