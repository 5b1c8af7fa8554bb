import type { Cause } from "../ops-client.ts";

const units: Record<Cause["kind"], string> = { stage: "scan", write: "write", projection: "event" };

/** What a dead letter of a kind is one of: to be counted by. */
export const unitOf = ({ kind }: Pick<Cause, "kind">): string => units[kind];
