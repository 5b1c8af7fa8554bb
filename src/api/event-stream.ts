import type { Context } from "hono";
import type { Encoding } from "../../durable-objects/scan-job/subscribers.ts";
import { log } from "../platform/log.ts";
import { countStreams } from "../metrics/open-streams.ts";
import { callJob } from "../objects.ts";
import { decodeSseBatch } from "../sse/sse-batch.ts";
import { resultNotFound } from "./job-id.ts";

const keepaliveMs = 15_000;
const reconnectMs = 2_000;
/** How often a relay whose object was reset opens another socket before it lets the client do so. */
const maxReopened = 5;
const reopenBaseMs = 100;

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  // A proxy that buffers would hold progress back.
  "x-accel-buffering": "no",
};

const encoder = new TextEncoder();

/** Opens a WebSocket to a job: 101 with the socket, or 404 where the user has no such job. */
export function watchJob(
  env: Env,
  jobId: string,
  userId: string,
  after: number,
  encoding: Encoding,
): Promise<Response> {
  const url = new URL("https://scan-job/");
  url.searchParams.set("after", String(after));
  url.searchParams.set("encoding", encoding);
  url.searchParams.set("user", userId);
  return callJob(env, jobId, (job) => job.fetch(url, { headers: { upgrade: "websocket" } }));
}

/** Relays a job's WebSocket as SSE. The Worker serves it, so that the object can hibernate. */
export async function relay(
  { env, executionCtx }: Context<{ Bindings: Env }>,
  jobId: string,
  userId: string,
  after: number,
  encoding: Extract<Encoding, "relay" | "page">,
): Promise<Response> {
  const count = (change: 1 | 0 | -1) => executionCtx.waitUntil(countStreams(env, change));
  const ask = (cursor: number) => watchJob(env, jobId, userId, cursor, encoding);
  const { status, webSocket: first } = await ask(after);
  if (status === 204) return new Response(null, { status });
  if (!first) throw resultNotFound();

  let cursor = after;
  let socket = first;
  let ended = false;
  let keepalive: ReturnType<typeof setInterval>;

  function stop() {
    if (ended) return;
    ended = true;
    clearInterval(keepalive);
    count(-1);
    socket.close(1000);
  }

  function listen(controller: ReadableStreamDefaultController<Uint8Array>, reopened: number) {
    function end() {
      if (!ended) controller.close();
      stop();
    }

    async function reopen() {
      if (ended) return;
      await scheduler.wait(reopenBaseMs * 2 ** reopened);
      const next = reopened < maxReopened ? (await ask(cursor)).webSocket : null;
      // Nothing is lost by ending here: the client comes back with the seq of what it saw last.
      if (!next) return end();
      socket = next;
      listen(controller, reopened + 1);
      // The client may have left while this socket was opened: nobody else would close it.
      if (ended) socket.close(1000);
    }

    socket.addEventListener("message", ({ data }) => {
      if (ended || typeof data !== "string") return;
      const batch = decodeSseBatch(data);
      controller.enqueue(encoder.encode(batch.text));
      cursor = batch.cursor ?? cursor;
      if (batch.isLast) end();
    });
    socket.addEventListener("close", () => {
      reopen().catch((error: unknown) => {
        log("error", "stream.broken", { job: jobId, error: String(error) });
        end();
      });
    });
    socket.accept();
  }

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`retry: ${reconnectMs}\n\n`));
      count(1);
      keepalive = setInterval(() => {
        controller.enqueue(encoder.encode(": keepalive\n\n"));
        count(0);
      }, keepaliveMs);
      listen(controller, 0);
    },
    cancel: stop,
  });
  return new Response(body, { headers });
}
