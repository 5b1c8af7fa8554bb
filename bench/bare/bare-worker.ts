/**
 * The path of a scan without its work: the same objects, queues, shards, rows and sockets, as many
 * calls between them, and no logic, no database and no model. The time it takes is the runtime's.
 */
import { DurableObject } from "cloudflare:workers";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { queueOfJob } from "../../src/stage-queues.ts";
import { relayStream } from "./relay-stream.ts";

export { AutomaticRedrive, Erasure, PipelineControl, Redrive } from "../../src/index.ts";

type Bindings = Omit<Env, "SCAN_JOB" | "USER_ACCOUNT"> & {
  SCAN_JOB: DurableObjectNamespace<ScanJob>;
  USER_ACCOUNT: DurableObjectNamespace<UserAccount>;
};

/** About as long as what a turn of a scan writes, or a call carries. */
const text = "x".repeat(1_000);
/** Turns of a scan: submitted, and two stages that are claimed and completed. */
const turns = 5;
const watchdogMs = 90_000;
const retentionMs = 60 * 60 * 1000;

/** Is called three times a scan: for its admission, its character and its end. */
export class UserAccount extends DurableObject<Bindings> {
  constructor(state: DurableObjectState, env: Bindings) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS scans (text TEXT NOT NULL) STRICT");
  }

  async note() {
    this.ctx.storage.sql.exec("INSERT INTO scans VALUES (?)", "x");
  }
}

export class ScanJob extends DurableObject<Bindings> {
  readonly #sql = this.ctx.storage.sql;

  async submit(id: string) {
    this.#sql.exec("CREATE TABLE turns (seq INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
    void this.ctx.storage.setAlarm(Date.now() + watchdogMs);
    this.#turn("queued");
    this.ctx.waitUntil(this.#send("vision", id));
  }

  async claim(stage: StageName): Promise<string> {
    this.#turn(stage, "started");
    return text;
  }

  async complete(id: string, stage: StageName, _output: string) {
    if (stage === "vision") {
      this.#turn(stage);
      await this.#send("answer", id);
    } else {
      this.#turn("done");
      await Promise.all([this.env.SCAN_EVENTS.send(text), userOf(this.env, id).note()]);
      void this.ctx.storage.setAlarm(Date.now() + retentionMs);
    }
  }

  /** Accepts a subscriber, and sends it the scan's status. */
  override async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const { seq } = this.#sql.exec<{ seq: number }>("SELECT max(seq) AS seq FROM turns").one();
    sendFrame(server, seq < turns ? "queued" : "done", "completed");
    return new Response(null, { status: 101, webSocket: client });
  }

  override async alarm() {}

  #send = (stage: StageName, id: string) =>
    queueOfJob(this.env, { jobId: id, stage, lane: "prompt" }).send(id);

  #turn(stage: string, status = "completed") {
    this.#sql.exec("INSERT INTO turns (text) VALUES (?)", text);
    for (const socket of this.ctx.getWebSockets()) sendFrame(socket, stage, status);
  }
}

function sendFrame(socket: WebSocket, stage: string, status: string) {
  const frame = JSON.stringify({ ts: new Date().toISOString(), stage, status });
  socket.send(`event: ${stage}\ndata: ${frame}\n\n`);
  if (stage === "done") socket.close(1000);
}

const jobOf = ({ SCAN_JOB }: Bindings, id: string) => SCAN_JOB.getByName(id);
const userOf = ({ USER_ACCOUNT }: Bindings, id: string) => USER_ACCOUNT.getByName(id.slice(-1));

async function submit(request: Request, env: Bindings): Promise<Response> {
  await request.json();
  const id = crypto.randomUUID();
  await userOf(env, id).note();
  await jobOf(env, id).submit(id);
  return Response.json({ stream_url: `/${id}` }, { status: 202 });
}

async function follow(env: Bindings, id: string): Promise<Response> {
  const upgrade = { headers: { upgrade: "websocket" } };
  const { webSocket } = await jobOf(env, id).fetch("https://job/", upgrade);
  return relayStream(webSocket);
}

async function run(stage: StageName, id: string, env: Bindings) {
  const input = await jobOf(env, id).claim(stage);
  if (stage === "answer") await userOf(env, id).note();
  await jobOf(env, id).complete(id, stage, input);
}

export default {
  fetch: (request, env) =>
    request.method === "POST"
      ? submit(request, env)
      : follow(env, new URL(request.url).pathname.slice(1)),

  async queue({ queue, messages }, env) {
    if (queue === "scan-events") return;
    const stage = queue.startsWith("scan-vision") ? "vision" : "answer";
    await Promise.all(messages.map(({ body }) => run(stage, String(body), env)));
  },
} satisfies ExportedHandler<Bindings>;
