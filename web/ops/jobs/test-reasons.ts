import type { OpsClient } from "../ops-client.ts";

interface Reason {
  by: string;
  why: string;
  /** That of the session: in another one it is asked for anew. */
  client: OpsClient;
}

/** Who has run tests in this tab, and why, by the test: their comparison is shown for the same reason. */
export const testReasons = new Map<string, Reason>();
