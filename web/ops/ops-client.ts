import { hc, type InferResponseType } from "hono/client";
import type { ops } from "../../src/api/ops/ops-routes.ts";
import { ApiError } from "../../client/src/api-error.ts";
import { createClient } from "../../client/src/create-client.ts";
import { learnServerTime } from "./server-clock.ts";

/**
 * The operators' API as a typed client. Every request rejects with an `ApiError` unless it succeeds.
 * @param token where there is no session yet.
 */
export function opsClient(token?: string) {
  const { request } = createClient({ token });
  return hc<typeof ops>("/api/v1/ops", {
    async fetch(input: RequestInfo | URL, init?: RequestInit) {
      const { method, headers, body, signal } = init ?? {};
      const options = { method, headers, body, signal: signal ?? undefined, attempts: 1 };
      const { text, ...response } = await request(
        String(input instanceof Request ? input.url : input),
        options,
      );
      learnServerTime(response.headers.get("date"));
      if (response.headers.get("content-type")?.startsWith("text/html")) {
        const detail =
          "The API answered with an HTML page: a login page or a proxy stands in front of it.";
        throw new ApiError({ status: response.status, detail });
      }
      return new Response(text || null, response);
    },
  });
}

export type OpsClient = ReturnType<typeof opsClient>;

export type Overview = InferResponseType<OpsClient["overview"]["$get"]>;
export type Cause = Overview["causes"][number];
export type Incident = Overview["incidents"][number];
export type QueueNow = Overview["queues"][number];
export type Health = InferResponseType<OpsClient["health"]["$get"]>;
export type Stage = Health["stages"][number]["stage"];
export type DeadLetters = InferResponseType<OpsClient["dead-letters"]["$get"]>;
export type Redrives = InferResponseType<OpsClient["redrives"]["$get"]>["redrives"];
export type Redrive = InferResponseType<OpsClient["redrives"][":id"]["$get"]>;
export type ListedJob = InferResponseType<OpsClient["jobs"]["$get"]>["jobs"][number];
export type Job = InferResponseType<OpsClient["jobs"][":id"]["$get"]>;
export type JobEvents = InferResponseType<
  OpsClient["jobs"][":id"]["events"]["$get"],
  200
>["events"];
export type Comparison = InferResponseType<OpsClient["jobs"][":id"]["comparison"]["$post"], 200>;
export type JobContent = InferResponseType<OpsClient["jobs"][":id"]["content"]["$post"], 200>;
export type Catalog = InferResponseType<OpsClient["catalog"]["$get"]>;
export type AuditEntries = InferResponseType<OpsClient["audit"]["$get"]>["entries"];
export type AlertHistory = InferResponseType<OpsClient["alerts"]["history"]["$get"]>;
export type Costs = InferResponseType<OpsClient["statistics"]["costs"]["$get"]>;
export type Corrections = InferResponseType<OpsClient["statistics"]["corrections"]["$get"]>;
export type Delivery = InferResponseType<OpsClient["webhooks"]["$get"]>["deliveries"][number];
