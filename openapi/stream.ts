import { JobId } from "../src/api/job-id.ts";
import { content, empty } from "./bodies.ts";
import { Frame, frames } from "./frames.ts";
import { operation, type Resource } from "./operation.ts";
import { type Parameter, resuming, scanId } from "./parameters.ts";

const sse = content(
  "The stream. Each event is named after its `stage`, has the `seq` as its `id`, and one frame as its " +
    "`data`. A comment comes every 15 s; `retry:` says how soon to come back, 2 s, and 30 s once the " +
    "scan is parked, which ends the stream. That of an ended scan replays all of it and ends.",
  "text/event-stream",
  Frame,
  frames,
);

const isRefused = ["RESULT_NOT_FOUND", "VALIDATION_ERROR"] as const;

const jobIdInQuery: Parameter = {
  in: "query",
  name: "job_id",
  says: "The scan's `job_id`.",
  schema: JobId,
  example: "7e9708bd-b804-44fa-87da-223c20f30e0d",
};

export const stream: Resource = {
  tag: "Stream",
  description:
    "A scan as it happens. What was missed comes first, then what happens: nothing twice, nothing left out.",
  operations: [
    operation("get", "/api/v1/scan/:id/events", {
      id: "streamScan",
      summary: "Follow a scan by server-sent events",
      access: "stream",
      parameters: [scanId, ...resuming],
      answers: { 200: sse },
      problems: isRefused,
    }),
    operation("get", "/api/v1/stream", {
      id: "streamScanByQuery",
      summary: "The same, at its older address",
      access: "stream",
      parameters: [jobIdInQuery, ...resuming],
      answers: { 200: sse },
      problems: isRefused,
    }),
    operation("get", "/api/v1/scan/:id/ws", {
      id: "watchScan",
      summary: "Follow a scan by WebSocket",
      network: "default",
      description:
        "Opens a WebSocket, whose every text message is one `Frame`, and which closes after `done`. It stays " +
        "open while the scan is parked. `ping` is answered with `pong`.",
      access: "stream",
      parameters: [scanId, ...resuming],
      answers: { 101: empty("The connection is a WebSocket now.") },
      problems: [...isRefused, "UPGRADE_REQUIRED"],
    }),
  ],
};
