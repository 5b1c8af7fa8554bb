import { type Context, Hono } from "hono";
import { z } from "zod";
import { authOf } from "../auth/auth.ts";
import { assertOpen } from "../auth/identify.ts";
import { Unauthenticated } from "../auth/auth-errors.ts";
import { isStreamTokenRevoked, verifyStreamToken } from "../auth/stream-token.ts";
import { knownJobId, resultNotFound } from "./job-id.ts";
import { relay } from "./event-stream.ts";
import { watchJob } from "./job-socket.ts";
import { invalid, Problem } from "./problem.ts";
import { credentialsOf, authenticate } from "./user.ts";

type StreamContext = Context<{ Bindings: Env }>;

/** A job's live events: SSE on both of its paths, and WebSocket. */
export const stream = new Hono<{ Bindings: Env }>()
  .get("/scan/:id/events", (c) => follow(c, c.req.param("id")))

  .get("/stream", (c) => follow(c, c.req.query("job_id")))

  .get("/scan/:id/ws", async (c) => {
    const userId = await watcherOf(c, c.req.param("id"));
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new Problem("UPGRADE_REQUIRED", "Open this address as a WebSocket.");
    }
    const id = knownJobId(c.req.param("id"));
    const response = await watchJob(c.env, id, userId, cursorOf(c), "client");
    if (response.status === 404) throw resultNotFound();
    return response;
  });

async function follow(c: StreamContext, jobId: string | undefined): Promise<Response> {
  const userId = await watcherOf(c, jobId);
  return relay(c, knownJobId(jobId), userId, cursorOf(c));
}

/**
 * Who wants to watch: by the pass in the stream's own address, or as on any route. A pass that has run
 * out leaves it to the cookie, so that a stream of a browser that is logged in goes on.
 */
async function watcherOf(c: StreamContext, jobId = ""): Promise<string> {
  const auth = authOf(c.env);
  assertOpen(auth, credentialsOf(c));
  const shown = c.req.query("token");
  const passage = shown ? await verifyStreamToken(auth.signingKey, shown, jobId) : null;
  if (passage?.verdict === "open" && !(await isStreamTokenRevoked(auth.revoked, passage))) {
    return passage.sub;
  }
  // It was signed here: who shows it is known, but this scan is not theirs to see by it.
  if (passage?.verdict === "foreign") throw resultNotFound();
  try {
    const { userId } = await authenticate(c);
    if (passage?.verdict === "malformed") throw resultNotFound();
    return userId;
  } catch (error) {
    if (!passage || !(error instanceof Unauthenticated)) throw error;
    throw new Unauthenticated(
      "The stream's token is not good any more; the scan's own address has a new one.",
    );
  }
}

/** The seq after which to go on; -1 is from the beginning. */
export const Cursor = z.coerce.number().int().min(-1).default(-1);

/** The seq after which to go on: what a reconnecting `EventSource` sends, or `?after=`. */
function cursorOf(c: StreamContext): number {
  const cursor = Cursor.safeParse(c.req.header("last-event-id") || c.req.query("after"));
  if (!cursor.success) throw invalid(cursor.error);
  return cursor.data;
}
