import type { DeltaFrame, EventFrame, Frame } from "../../src/pipeline/frames.ts";
import type { ResultBody } from "../../src/pipeline/result.ts";
import type { Checkpoints } from "../../src/pipeline/stages/index.ts";

export type { DeltaFrame, EventFrame, Frame, ResultBody };
export type Stage = Frame["stage"];

/** What the `completed` frame of a stage carries. */
export type Outputs = Required<Checkpoints> & { done: ResultBody };

/** The frame in a stream's text; null for what is neither an event nor generated text. */
export function readFrame(text: string): Frame | null {
  const value: unknown = JSON.parse(text);
  return isFrame(value) ? value : null;
}

const isFrame = (value: unknown): value is Frame =>
  typeof value === "object" &&
  value !== null &&
  "stage" in value &&
  "status" in value &&
  "progress" in value &&
  (value.status === "delta" ? isText(value) : "seq" in value && typeof value.seq === "number");

const isText = (value: object) =>
  "result" in value &&
  typeof value.result === "object" &&
  value.result !== null &&
  "offset" in value.result &&
  typeof value.result.offset === "number" &&
  "text" in value.result &&
  typeof value.result.text === "string";

/** The output of `stage`, if this is the frame that brings it. */
export function outputOf<Name extends keyof Outputs>(
  { stage, status, result }: EventFrame,
  name: Name,
): Outputs[Name] | null {
  if (stage !== name || status !== "completed" || !result) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The server parsed it by its schema.
  return result as Outputs[Name];
}
