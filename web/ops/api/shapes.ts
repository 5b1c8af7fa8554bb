import type { InferResponseType } from "hono/client";
import type { OpsClient } from "./client.ts";

export type Overview = InferResponseType<OpsClient["overview"]["$get"]>;
export type Cause = Overview["causes"][number];
export type QueueNow = Overview["queues"][number];
export type Health = InferResponseType<OpsClient["health"]["$get"]>;
export type Stage = Health["stages"][number]["stage"];
export type Letters = InferResponseType<OpsClient["dead-letters"]["$get"]>;
export type Redrives = InferResponseType<OpsClient["redrives"]["$get"]>["redrives"];
export type Redrive = InferResponseType<OpsClient["redrives"][":id"]["$get"]>;
export type Job = InferResponseType<OpsClient["jobs"][":id"]["$get"]>;
export type Catalog = InferResponseType<OpsClient["catalog"]["$get"]>;
export type AuditEntries = InferResponseType<OpsClient["audit"]["$get"]>["entries"];
