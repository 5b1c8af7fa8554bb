import { parseResponse } from "hono/client";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import { browserStorage } from "../browser-storage.ts";
import { opsClient } from "./ops-client.ts";

/** The operator of this browser's session, which a cookie carries that no script reads. */
export interface Session {
  /** The name that the audit records. */
  by: string;
}

/** What the server says of this browser. */
export interface SessionState {
  /** Whether anybody can log in. */
  open: boolean;
  session: Session | null;
}

const name = browserStorage("localStorage", "eco2-ops-by");

/** The name of the last login in this browser. */
export const lastName = (): string => name.read() ?? "";

/** Asks the server. Rejects with an `ApiError`. */
export async function readSession(): Promise<SessionState> {
  const { open, operator } = await parseResponse(opsClient().session.$get());
  return { open, session: operator && { by: operator.name } };
}

/** Exchanges the token for a session. Rejects with an `ApiError`. */
export async function beginSession(token: string, by: string): Promise<Session> {
  const { operator } = await parseResponse(opsClient(token).session.$post({ json: { by } }));
  name.write(operator.name);
  notifyOtherTabs();
  return { by: operator.name };
}

/** Ends the session of all tabs, on the server. Rejects with an `ApiError`. */
export async function endSession(): Promise<void> {
  try {
    await parseResponse(opsClient().session.$delete());
  } catch (error) {
    // It has ended already.
    if (!(error instanceof ApiError && error.status === 401)) throw error;
  }
  notifyOtherTabs();
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- A channel reaches its own origin alone.
const notifyOtherTabs = () => changes.postMessage(null);

const changes = new BroadcastChannel("eco2-ops-session");

/** Calls back when another tab has begun or ended the session. */
export function onSessionChanged(changed: () => void): () => void {
  changes.addEventListener("message", changed);
  return () => changes.removeEventListener("message", changed);
}
