import { createContext, useContext } from "hono/jsx/dom";
import { Refused } from "./api/answer.ts";
import type { OpsClient } from "./api/client.ts";

/** How the page talks to the API, and in whose name. */
export interface Access {
  client: OpsClient;
  by: string;
  /** Whether the token is still taken; while it is not, nothing is asked. */
  open: boolean;
  /** The API refused the token. */
  onRefused: () => void;
}

export const AccessContext = createContext<Access | null>(null);

export function useAccess(): Access {
  const access = useContext(AccessContext);
  if (!access) throw new Error("Nobody has logged in");
  return access;
}

/** What went wrong, in words; a token that is not taken any more is told to whom it concerns. */
export function failureOf(error: unknown, { onRefused }: Pick<Access, "onRefused">): string {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) onRefused();
  return error.message;
}
