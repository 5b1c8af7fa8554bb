import type { EventFrame } from "../../../src/pipeline/frames.ts";

export type { EventFrame };

/** The event in a socket's text; null for generated text, and for what is no event. */
export function eventIn(text: string): EventFrame | null {
  if (text === "pong") return null;
  const value: unknown = JSON.parse(text);
  return isEvent(value) ? value : null;
}

const isEvent = (value: unknown): value is EventFrame =>
  typeof value === "object" &&
  value !== null &&
  "seq" in value &&
  typeof value.seq === "number" &&
  "ts" in value &&
  "stage" in value &&
  "status" in value;
