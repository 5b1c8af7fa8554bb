import type { Frame } from "../../src/pipeline/frames.ts";
import type { ResultBody } from "../../src/pipeline/result.ts";
import type { Checkpoints } from "../../src/pipeline/stages/index.ts";

export type { Frame, ResultBody };
export type Stage = Frame["stage"];

/** What the `completed` frame of a stage carries. */
export type Outputs = Required<Checkpoints> & { done: ResultBody };

/** The frame in a stream's text; null for what takes no place in the log. */
export function readFrame(text: string): Frame | null {
  const value: unknown = JSON.parse(text);
  return isFrame(value) ? value : null;
}

const isFrame = (value: unknown): value is Frame =>
  typeof value === "object" &&
  value !== null &&
  "seq" in value &&
  typeof value.seq === "number" &&
  "stage" in value &&
  "status" in value &&
  "progress" in value;

/** The output of `stage`, if this is the frame that brings it. */
export function outputOf<Name extends keyof Outputs>(
  { stage, status, result }: Frame,
  name: Name,
): Outputs[Name] | null {
  if (stage !== name || status !== "completed" || !result) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The server parsed it by its schema.
  return result as Outputs[Name];
}
