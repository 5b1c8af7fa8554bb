import { parseResponse } from "hono/client";
import type { Cause, OpsClient } from "../ops-client.ts";

/** What an operator decides about dead letters. */
export interface Decision {
  action: "redrive" | "discard";
  filter: {
    kind: Cause["kind"];
    fingerprint?: string;
    left_by?: string;
    provider?: string;
    code?: string;
  };
  rate_per_second: number;
  canary?: { count: number; max_failed_percent: number };
  by: string;
  why: string;
  notice?: string | null;
}

/** How many dead letters a decision would take now. It changes nothing. */
export async function dryRun(client: OpsClient, decision: Decision): Promise<number> {
  const counted = await parseResponse(
    client.redrives.$post({ json: { ...decision, dry_run: true } }),
  );
  return counted.dead_letters;
}

/** Begins what was decided, and gives its id. */
export async function begin(client: OpsClient, decision: Decision): Promise<string> {
  const begun = await parseResponse(client.redrives.$post({ json: decision }));
  if (!("id" in begun)) throw new TypeError("The server only counted");
  return begun.id;
}
