import { browserStorage } from "../browser-storage.ts";

/** The operator's token, and the name that the audit records. */
export interface Session {
  token: string;
  by: string;
}

// Per tab, so that the token is deleted when the tab closes.
const token = browserStorage("sessionStorage", "eco2-ops-token");
const by = browserStorage("sessionStorage", "eco2-ops-by");

/** The session of this tab; null before login. */
export function readSession(): Session | null {
  const stored = token.read();
  return stored ? { token: stored, by: lastName() } : null;
}

export const lastName = (): string => by.read() ?? "";

export function saveSession(session: Session): void {
  token.write(session.token);
  by.write(session.by);
}

export function clearSession(): void {
  token.clear();
}
