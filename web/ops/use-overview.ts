import { bodyOf } from "./api/answer.ts";
import type { OpsClient } from "./api/client.ts";
import type { Overview } from "./api/shapes.ts";
import { type Polled, usePolled } from "./use-polled.ts";

const everyMs = 5_000;

const load = (client: OpsClient, signal: AbortSignal) =>
  bodyOf(client.overview.$get(undefined, { init: { signal } }));

/** What is going on, asked for every five seconds. */
export const useOverview = (): Polled<Overview> => usePolled(load, { key: "overview", everyMs });
