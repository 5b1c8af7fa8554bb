import type { Context } from "hono";
import { z } from "zod";
import { authOf } from "../auth/auth.ts";
import { assertOpen } from "../auth/identify.ts";
import { Unauthenticated } from "../auth/auth-errors.ts";
import { isStreamTokenRevoked, verifyStreamToken } from "../auth/stream-token.ts";
import { knownJobId, resultNotFound } from "./job-id.ts";
import { relay, watchJob } from "./event-stream.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { content, empty, network } from "./openapi/response-bodies.ts";
import { resuming, scanId } from "./openapi/shared-parameters.ts";
import { Frame } from "../pipeline/frames.ts";
import { frames } from "./scan-examples.ts";
import { Problem } from "./problem.ts";
import { parse } from "./read-body.ts";
import { credentialsOf, authenticate } from "./user.ts";

type StreamContext = Context<{ Bindings: Env }>;

const sse = content(
  "The stream. Each event is named after its `stage`, has the `seq` as its `id`, and one frame as its " +
    "`data`. A comment is sent every 15 s. `retry:` is when to reconnect: after 2 s, and after 30 s once " +
    "the scan is parked, which ends the stream. An `EventSource` without a cursor gets one more event then: " +
    "`done` with `result.status` `parked`, without an id and with the `seq` of the frame before it, so that a " +
    "page that waits for `done` alone leaves. The stream of an ended scan replays all of it and ends.",
  "text/event-stream",
  Frame,
  [],
  frames,
);

const nothingFollows = empty(
  "The scan has ended, and the caller has its last frame: an `EventSource` stops for good.",
);

const route = defineRoutes("Stream", "stream");

const streamScan = route("get", "/scan/{id}/events", "streamScan", {
  summary: "Follow a scan by server-sent events",
  parameters: [scanId, ...resuming],
  responses: { 200: sse, 204: nothingFollows },
  problems: ["RESULT_NOT_FOUND", "VALIDATION_ERROR"],
});

const streamScanByQuery = route("get", "/stream", "streamScanByQuery", {
  summary: "The same, at its older address",
  parameters: [{ ...scanId, in: "query", name: "job_id" }, ...resuming],
  responses: { 200: sse, 204: nothingFollows },
  problems: ["RESULT_NOT_FOUND", "VALIDATION_ERROR"],
});

const watchScan = route("get", "/scan/{id}/ws", "watchScan", {
  summary: "Follow a scan by WebSocket",
  description:
    "Opens a WebSocket. Each text message is one `Frame`, and it closes after `done`. It stays open while " +
    "the scan is parked. `ping` is answered with `pong`.",
  parameters: [scanId, ...resuming],
  responses: { 101: empty("The connection is a WebSocket now.") },
  problems: ["RESULT_NOT_FOUND", "VALIDATION_ERROR", "UPGRADE_REQUIRED"],
  beside: network("default"),
});

export const stream = router()
  .openapi(streamScan, (c) => follow(c, c.req.param("id")))

  .openapi(streamScanByQuery, (c) => follow(c, c.req.query("job_id")))

  .openapi(watchScan, async (c) => {
    const { userId, subscriber } = await subscriberOf(c, c.req.param("id"));
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new Problem("UPGRADE_REQUIRED", "Open this address as a WebSocket.");
    }
    const id = knownJobId(c.req.param("id"));
    const response = await watchJob(
      c.env,
      id,
      userId,
      cursorOf(c),
      subscriber === "operator" ? subscriber : "client",
    );
    if (response.status === 404) throw resultNotFound();
    return response;
  });

async function follow(c: StreamContext, jobId: string | undefined): Promise<Response> {
  const { userId, subscriber } = await subscriberOf(c, jobId);
  // An operator is given the address of the WebSocket alone.
  if (subscriber === "operator") throw resultNotFound();
  const after = cursorOf(c);
  return relay(c, knownJobId(jobId), userId, after, endsPage(c, after) ? "page" : "relay");
}

/** An `EventSource` that has seen nothing yet. A client that resumes by cursor knows what parked means. */
const endsPage = (c: StreamContext, after: number) =>
  after === beforeAll && c.req.header("accept")?.includes("text/event-stream") === true;

/**
 * The user of a stream request: by the stream token in its URL, or authenticated as on any route. An
 * expired token falls back on the cookie, so that a logged-in browser can reconnect.
 */
async function subscriberOf(c: StreamContext, jobId = "") {
  const auth = authOf(c.env);
  assertOpen(auth, credentialsOf(c));
  const token = c.req.query("token");
  const check = token ? await verifyStreamToken(auth.signingKey, token, jobId) : null;
  if (check?.verdict === "valid" && !(await isStreamTokenRevoked(auth.revoked, check))) {
    return { userId: check.sub, subscriber: check.subscriber };
  }
  // The token is ours, but for another scan.
  if (check?.verdict === "other_job") throw resultNotFound();
  try {
    const { userId } = await authenticate(c);
    if (check?.verdict === "malformed") throw resultNotFound();
    return { userId, subscriber: "user" as const };
  } catch (error) {
    if (!check || !(error instanceof Unauthenticated)) throw error;
    throw new Unauthenticated(
      "The stream's token is not good any more; the scan's own address has a new one.",
    );
  }
}

/** Digits alone: an empty text would be the number 0, which skips the first frame. */
const Cursor = z
  .string()
  .regex(/^\d{1,15}$/, "has to be the seq of a frame")
  .transform(Number);
const beforeAll = -1;

/** The seq after which to go on: what a reconnecting `EventSource` sends, or `?after=`. */
function cursorOf(c: StreamContext): number {
  const text = c.req.header("last-event-id") || c.req.query("after");
  return text === undefined ? beforeAll : parse(Cursor, text);
}
