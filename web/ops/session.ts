import { kept } from "../kept.ts";

/** Who operates here: what lets them in, and the name under which they change things. */
export interface Session {
  token: string;
  by: string;
}

// Gone with the tab: a token is not left behind.
const token = kept("sessionStorage", "eco2-ops-token");
const by = kept("sessionStorage", "eco2-ops-by");

/** The session of this tab; null when nobody has logged in. */
export function recallSession(): Session | null {
  const known = token.read();
  return known ? { token: known, by: lastName() } : null;
}

export const lastName = (): string => by.read() ?? "";

export function keepSession(session: Session): void {
  token.write(session.token);
  by.write(session.by);
}

export function forgetSession(): void {
  token.clear();
}
