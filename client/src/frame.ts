import type { DeltaFrame, EventFrame, ResultBody, Stage, StageOutputs } from "./wire.ts";

/** What a stream says: an event, or text that is being generated. */
export type Frame = EventFrame | DeltaFrame;

/** What the `completed` frame of a stage carries, and that of `done`. */
export type Outputs = StageOutputs & { done: ResultBody };

const stages = ["queued", "vision", "rule", "answer", "reward", "done"] satisfies Stage[];
const statuses = [
  "started",
  "completed",
  "retrying",
  "failed",
  "parked",
  "resumed",
  "cancelled",
] satisfies EventFrame["status"][];

/**
 * The frame in a stream's text; null for what is neither an event nor generated text. A newer server's
 * frame may speak of a stage that is not known here, see `isKnown`.
 */
export function readFrame(text: string): Frame | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFrame(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isFrame = (value: unknown): value is Frame =>
  typeof value === "object" &&
  value !== null &&
  "stage" in value &&
  typeof value.stage === "string" &&
  "status" in value &&
  typeof value.status === "string" &&
  "progress" in value &&
  typeof value.progress === "number" &&
  (value.status === "delta" ? isText(value) : "seq" in value && Number.isSafeInteger(value.seq));

const isText = (value: object) =>
  "result" in value &&
  typeof value.result === "object" &&
  value.result !== null &&
  "offset" in value.result &&
  typeof value.result.offset === "number" &&
  "text" in value.result &&
  typeof value.result.text === "string";

/** Whether an event is one of those that are described here; a newer server may know others. */
export const isKnown = ({ stage, status }: EventFrame): boolean =>
  stages.includes(stage) && statuses.includes(status);

/** The output of `stage`, if this is the frame that brings it. */
export function outputOf<Name extends keyof Outputs>(
  { stage, status, result }: Frame,
  name: Name,
): Outputs[Name] | null {
  if (stage !== name || status !== "completed" || !result) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The server parsed it by its schema.
  return result as Outputs[Name];
}
