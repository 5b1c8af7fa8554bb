import { parseResponse } from "hono/client";
import type { Overview } from "./ops-client.ts";
import { type Polled, usePolled } from "./use-polled.ts";

/** The overview, polled every five seconds. */
export const useOverview = (): Polled<Overview> =>
  usePolled((client, options) => parseResponse(client.overview.$get(undefined, options)), {
    key: "overview",
    everyMs: 5_000,
  });
