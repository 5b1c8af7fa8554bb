import { parseJson } from "./connection.ts";
import type { DeltaFrame, EventFrame, ResultBody, Stage, StageOutputs } from "./wire.ts";

/** A message of a stream: an event, or partial text of the answer. */
export type Frame = EventFrame | DeltaFrame;

/** The result of the `completed` frame of each stage, and of `done`. */
export type Outputs = StageOutputs & { done: ResultBody };

const stages: ReadonlySet<Stage> = new Set([
  "queued",
  "vision",
  "rule",
  "answer",
  "reward",
  "done",
]);
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
 * Parses a message of a stream; null when it is no frame. A newer server's frame may name a stage that
 * this version does not know, see `isKnown`.
 */
export function readFrame(text: string): Frame | null {
  const value = parseJson(text);
  return isFrame(value) ? value : null;
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
  (value.status === "delta" ? hasText(value) : "seq" in value && Number.isSafeInteger(value.seq));

const hasText = (value: object) =>
  "result" in value &&
  typeof value.result === "object" &&
  value.result !== null &&
  "offset" in value.result &&
  typeof value.result.offset === "number" &&
  "text" in value.result &&
  typeof value.result.text === "string";

/** Whether this version of the client knows the event's stage and status. */
export const isKnown = ({ stage, status }: EventFrame): boolean =>
  stages.has(stage) && statuses.includes(status);

/** The output of stage `name`; null unless the frame is its `completed` event. */
export function outputOf<Name extends keyof Outputs>(
  { stage, status, result }: Frame,
  name: Name,
): Outputs[Name] | null {
  if (stage !== name || status !== "completed" || !result) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The server parsed it by its schema.
  return result as Outputs[Name];
}
