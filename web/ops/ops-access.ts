import { createContext, useContext } from "hono/jsx/dom";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import type { OpsClient } from "./ops-client.ts";

/** The session's client and operator. */
export interface Access {
  client: OpsClient;
  by: string;
  /** Whether the token is still valid; without it the page sends no requests. */
  open: boolean;
  /** Called when the API refuses the token. */
  onRefused: () => void;
}

export const AccessContext = createContext<Access | null>(null);

export function useAccess(): Access {
  const access = useContext(AccessContext);
  if (!access) throw new Error("Nobody has logged in");
  return access;
}

/** The text of an `ApiError`. A refused token also opens the login dialog. */
export function errorMessage(error: unknown, { onRefused }: Pick<Access, "onRefused">): string {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) {
    onRefused();
    return "The session had ended: what you asked for was not done.";
  }
  const issues = error.errors.map(({ path, message }) => `${path}: ${message}.`);
  // Its detail is often no more than what to do.
  const failed = error.status >= 500 && `The server answered ${error.status} ${error.code ?? ""}.`;
  return [failed, error.detail, ...issues].filter(Boolean).join(" ");
}
