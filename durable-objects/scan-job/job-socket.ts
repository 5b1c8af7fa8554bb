import type { JobWriter } from "./job-writer.ts";
import { encodingNames } from "./subscribers.ts";

/** A close without a code, or a connection that broke, has a code that nobody may send. */
const sendableCode = (code: number) => (code === 1005 || code === 1006 ? 1000 : code);

/**
 * Opens a WebSocket that replays the frames after the cursor `after` to the job's `user`. 404 for anybody else, and
 * 204 to the relay of server-sent events when nothing will follow.
 */
export function openSocket({ url }: Request, job: JobWriter): Response {
  const { searchParams } = new URL(url);
  const encoding = encodingNames.find((name) => name === searchParams.get("encoding")) ?? "client";
  // The stream token of an operator was checked for this job.
  const state = encoding === "operator" ? job.state : job.ofUser(searchParams.get("user"));
  if (!state) return new Response(null, { status: 404 });
  const after = Number(searchParams.get("after") ?? -1);
  const isOver = state.endedAt !== null && after >= state.nextSeq - 1;
  if (isOver && (encoding === "relay" || encoding === "page"))
    return new Response(null, { status: 204 });
  const { 0: client, 1: server } = new WebSocketPair();
  job.subscribe(server, encoding, after);
  return new Response(null, { status: 101, webSocket: client });
}

/** Answers a client's close at once. */
export const answerClose = (socket: WebSocket, code: number, reason: string) =>
  socket.close(sendableCode(code), reason);
