import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Access } from "../../durable-objects/scan-job.ts";
import { knownJobId, notFound } from "./job-id.ts";
import { relay } from "./event-stream.ts";
import { watchJob } from "./job-socket.ts";
import { invalid, Problem } from "./problem.ts";
import { unknownUser, userOf } from "./user.ts";

type StreamContext = Context<{ Bindings: Env }>;

/** A job's live events: SSE on both of its paths, and WebSocket. */
export const stream = new Hono<{ Bindings: Env }>()
  .get("/scan/:id/events", (c) => relay(c, knownJobId(c.req.param("id")), accessOf(c), cursorOf(c)))

  .get("/stream", (c) => relay(c, knownJobId(c.req.query("job_id")), accessOf(c), cursorOf(c)))

  .get("/scan/:id/ws", async (c) => {
    const access = accessOf(c);
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new Problem("UPGRADE_REQUIRED", "Open this address as a WebSocket.");
    }
    const id = knownJobId(c.req.param("id"));
    const response = await watchJob(c.env, id, access, cursorOf(c), "client");
    if (response.status === 404) throw notFound();
    return response;
  });

/** By the key in the stream's own address, or as the user. */
function accessOf(c: StreamContext): Access {
  const streamToken = c.req.query("token");
  if (streamToken) return { streamToken };
  const userId = userOf(c.env, c.req.header("x-user-id"));
  if (!userId) throw unknownUser(c.env.AUTH_MODE);
  return { userId };
}

const Cursor = z.coerce.number().int().min(-1).default(-1);

/** The seq after which to go on: what a reconnecting `EventSource` sends, or `?after=`. */
function cursorOf(c: StreamContext): number {
  const cursor = Cursor.safeParse(c.req.header("last-event-id") || c.req.query("after"));
  if (!cursor.success) throw invalid(cursor.error);
  return cursor.data;
}
