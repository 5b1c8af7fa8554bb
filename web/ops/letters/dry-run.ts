import { parseResponse } from "hono/client";
import type { OpsClient } from "../ops-client.ts";

/** What an operator decides about the letters of a cause. */
export interface Decision {
  action: "redrive" | "discard";
  filter: { fingerprint: string };
  rate_per_second: number;
  canary?: { count: number; max_failed_percent: number };
  by: string;
  why: string;
}

/** How many letters a decision would take now; nothing happens. */
export async function dryRun(client: OpsClient, decision: Decision): Promise<number> {
  const { letters } = await parseResponse(
    client.redrives.$post({ json: { ...decision, dry_run: true } }),
  );
  return letters;
}

/** Begins what was decided, and gives its id. */
export async function begin(client: OpsClient, decision: Decision): Promise<string> {
  const begun = await parseResponse(client.redrives.$post({ json: decision }));
  if (!("id" in begun)) throw new TypeError("The server only counted");
  return begun.id;
}
