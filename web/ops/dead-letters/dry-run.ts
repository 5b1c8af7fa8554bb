import { type InferResponseType, parseResponse } from "hono/client";
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
    to?: string;
  };
  rate_per_second: number;
  canary?: { count: number; max_failed_percent: number; alone?: boolean };
  by: string;
  why: string;
  notice?: string | null;
}

/** What a decision would take, and the circuit breakers that it would meet; null when they are not known. */
export type Counted = Pick<
  Extract<InferResponseType<OpsClient["redrives"]["$post"]>, { dry_run: true }>,
  "dead_letters" | "breakers"
>;

/** Counts what a decision would take now. It changes nothing. */
export async function dryRun(client: OpsClient, decision: Decision): Promise<Counted> {
  const counted = await parseResponse(
    client.redrives.$post({ json: { ...decision, dry_run: true } }),
  );
  if (!("dry_run" in counted)) throw new TypeError("The server did not only count");
  return counted;
}

/** Begins what was decided, and gives its id. */
export async function begin(client: OpsClient, decision: Decision): Promise<string> {
  const begun = await parseResponse(client.redrives.$post({ json: decision }));
  if (!("id" in begun)) throw new TypeError("The server only counted");
  return begun.id;
}
