import { DurableObject } from "cloudflare:workers";
import { z } from "zod";

/** What clients are shown of a scan. Its seq makes it known when a step sends it again. */
export const Progress = z.object({
  seq: z.int(),
  stage: z.string(),
  status: z.enum(["started", "completed"]),
  ts: z.iso.datetime(),
  result: z.unknown(),
});
export type Progress = z.infer<typeof Progress>;

const retentionMs = 60 * 60 * 1000;

/**
 * A Workflow tells nobody but its caller how far it is: an object keeps a scan's progress for an hour, and shows it
 * to who follows. It takes the place of `ScanJob`, and the name of its binding.
 */
export class ScanJob extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  /** POST adds to the progress. Any other request opens a socket, which replays it. */
  override async fetch(request: Request): Promise<Response> {
    if (request.method === "POST") {
      this.#add(z.array(Progress).parse(await request.json()));
      return new Response(null, { status: 204 });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#create();
    const rows = "SELECT frame FROM progress ORDER BY seq";
    const frames = Array.from(this.#sql.exec<{ frame: string }>(rows), ({ frame }) => frame);
    send(server, frames);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async alarm() {
    await this.ctx.storage.deleteAll();
  }

  #create() {
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS progress (seq INTEGER PRIMARY KEY, frame TEXT NOT NULL) STRICT",
    );
  }

  #add(added: readonly Progress[]) {
    this.#create();
    const insert = "INSERT OR IGNORE INTO progress VALUES (?, ?)";
    const frames = added.flatMap((it) => {
      const frame = serverSentEvent(it);
      return this.#sql.exec(insert, it.seq, frame).rowsWritten > 0 ? [frame] : [];
    });
    for (const socket of this.ctx.getWebSockets()) send(socket, frames);
    if (added.some(isEnd)) void this.ctx.storage.setAlarm(Date.now() + retentionMs);
  }
}

const end = "done";
const isEnd = ({ stage }: Progress) => stage === end;

const serverSentEvent = (frame: Progress) =>
  `event: ${frame.stage}\nid: ${frame.seq}\ndata: ${JSON.stringify(frame)}\n\n`;

/** The frames in one message, and the close after the last. */
function send(socket: WebSocket, frames: readonly string[]) {
  if (frames.length === 0) return;
  socket.send(frames.join(""));
  if (frames.at(-1)?.startsWith(`event: ${end}\n`)) socket.close(1000);
}
