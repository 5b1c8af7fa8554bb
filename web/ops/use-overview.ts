import { parseResponse } from "hono/client";
import type { OpsClient, Overview } from "./ops-client.ts";
import { type Polled, usePolled } from "./use-polled.ts";

const everyMs = 5_000;

const load = (client: OpsClient, signal: AbortSignal) =>
  parseResponse(client.overview.$get(undefined, { init: { signal } }));

/** The overview, polled every five seconds. */
export const useOverview = (): Polled<Overview> => usePolled(load, { key: "overview", everyMs });
