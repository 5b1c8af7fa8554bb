import { hc } from "hono/client";
import type { ops } from "../../../src/api/ops/ops-routes.ts";

/** The operators' API as a typed client, which sends a token with each request. */
export const opsClient = (token: string) =>
  hc<typeof ops>("/api/v1/ops", { headers: { authorization: `Bearer ${token}` } });

export type OpsClient = ReturnType<typeof opsClient>;
