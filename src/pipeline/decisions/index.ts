/** What a job does about each call, pure: attempts, interventions from outside, and the watchdog. */
export * from "./attempts.ts";
export type { Decision } from "./decision.ts";
export * from "./interventions.ts";
export * from "./watch.ts";
