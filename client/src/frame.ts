import { parseJson } from "./connection.ts";
import { hasFields } from "./has-fields.ts";
import {
  type DeltaFrame,
  type EventFrame,
  type ResultBody,
  type Stage,
  stageNames,
  type StageOutputs,
} from "./wire.ts";

/** A message of a stream: an event, or partial text of the answer. */
export type Frame = EventFrame | DeltaFrame;

/** The result of the `completed` frame of each stage and of `done`, and of the `confirmed` frame of `vision`. */
export type Outputs = StageOutputs & { done: ResultBody };

const stages: ReadonlySet<Stage> = new Set(["queued", ...stageNames, "done"]);
const statuses = [
  "started",
  "completed",
  "retrying",
  "failed",
  "parked",
  "resumed",
  "cancelled",
  "confirmed",
] satisfies EventFrame["status"][];

/**
 * Parses a message of a stream; null when it is no frame. A newer server's frame may name a stage that
 * this version does not know, see `isKnown`.
 */
export function readFrame(text: string): Frame | null {
  const value = parseJson(text);
  return isFrame(value) ? value : null;
}

function isFrame(value: unknown): value is Frame {
  if (!hasFields(value, { stage: "string", status: "string", progress: "number" })) return false;
  return value.status === "delta"
    ? hasFields(value, { result: "object" }) &&
        hasFields(value.result, { offset: "number", text: "string" })
    : hasFields(value, { seq: "number" }) && Number.isSafeInteger(value.seq);
}

/** Whether this version of the client knows the event's stage and status. */
export const isKnown = ({ stage, status }: EventFrame): boolean =>
  stages.has(stage) && statuses.includes(status);

/** The output of stage `name`; null unless the frame is an event that holds it. */
export function outputOf<Name extends keyof Outputs>(
  { stage, status, result }: Frame,
  name: Name,
): Outputs[Name] | null {
  if (stage !== name || (status !== "completed" && status !== "confirmed") || !result) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The server parsed it by its schema.
  return result as Outputs[Name];
}
