import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import { log } from "../src/log.ts";
import * as decisions from "../src/pipeline/decisions.ts";
import type { ClaimReply, CompleteReply, Decision, RetryReply } from "../src/pipeline/decisions.ts";
import type { Failure } from "../src/pipeline/errors.ts";
import type { EventDraft, JobEvent } from "../src/pipeline/events.ts";
import { deltaOf, frameOf } from "../src/pipeline/frames.ts";
import { inputOf, type JobState, reduce, replay, type StageInput } from "../src/pipeline/job.ts";
import type { StageMessage } from "../src/pipeline/messages.ts";
import type { ScanRequest } from "../src/pipeline/request.ts";
import { queueBinding, type StageName, type StageOutput } from "../src/pipeline/stages/index.ts";
import { eventLog } from "./event-log.ts";

export interface Submission {
  jobId: string;
  userId: string;
  request: ScanRequest;
  traceparent: string;
}

/** Who wants to see a job: its user, or the holder of its stream token. */
export type Access = { userId: string } | { streamToken: string };

type Claimed = ClaimReply & { input: StageInput };
type Completed = CompleteReply & { input: StageInput };

/** How much of which attempt's text a watcher was sent, in UTF-16 code units. */
const TextSent = z.object({ lease: z.string(), length: z.int() });
type TextSent = z.infer<typeof TextSent>;

const isOpen = ({ readyState }: WebSocket) => readyState === WebSocket.OPEN;

/**
 * One scan. It owns the log of what happened, is the only sender to the stage queues, and pushes
 * each event to the sockets that watch. Memory is a cache of the log.
 */
export class ScanJob extends DurableObject<Env> {
  readonly #log = eventLog(this.ctx.storage.sql);
  #events: JobEvent[] = this.#log.read();
  #state: JobState | null = replay(this.#events);
  /** What an attempt is generating. The attempt says it whole each time, so it need not be kept. */
  #text: { lease: string; soFar: string } | null = null;

  /**
   * Accepts a scan once. The same submission again finds the same job; another request under the
   * same id is a conflict and changes nothing.
   */
  async submit({ jobId, userId, request, traceparent }: Submission) {
    if (this.#state) {
      const same = JSON.stringify(this.#state.request) === JSON.stringify(request);
      return { verdict: same ? "accepted" : "conflict", state: this.#state } as const;
    }
    this.#log.create();
    const streamToken = crypto.randomUUID();
    this.#commit([{ type: "queued", jobId, userId, request, traceparent, streamToken }]);
    const state = this.#required();
    try {
      await this.#dispatch();
    } catch (error) {
      // The scan is accepted all the same: the watchdog sends the message again.
      log("error", "job.dispatch_failed", { job: jobId, error: String(error) });
    }
    return { verdict: "accepted", state } as const;
  }

  /** Asks to run a stage as the attempt named `lease`; the answer says what to do with the message. */
  async claim(stage: StageName, lease: string): Promise<Claimed> {
    if (!this.#state) return { verdict: "ack", input: {} };
    const reply = await this.#carryOut(decisions.claim(this.#state, stage, lease, Date.now()));
    return { ...reply, input: reply.verdict === "run" ? inputOf(stage, this.#required()) : {} };
  }

  /**
   * Records a stage's output and starts what follows, at the caller's when it can `goOn`; refused
   * without the current lease.
   */
  async complete(
    stage: StageName,
    lease: string,
    output: StageOutput,
    goOn = false,
  ): Promise<Completed> {
    if (!this.#state) return { verdict: "stale", input: {} };
    const decision = decisions.complete(this.#state, stage, lease, output, goOn);
    const reply = await this.#carryOut(decision);
    return {
      ...reply,
      input: reply.verdict === "run" ? inputOf(reply.stage, this.#required()) : {},
    };
  }

  /** Records why an attempt failed, before it is tried again after the wait that is returned. */
  async retrying(
    stage: StageName,
    lease: string,
    failure: Failure,
    told: decisions.Told & { retryAfterMs?: number | undefined } = {},
  ): Promise<RetryReply> {
    if (!this.#state) return { verdict: "stale" };
    return this.#carryOut(decisions.retry(this.#state, stage, lease, failure, Date.now(), told));
  }

  /** Shows watchers the text that an attempt has generated so far. */
  async say(stage: StageName, lease: string, soFar: string) {
    if (!this.#state || !decisions.holds(this.#state, stage, lease)) return;
    this.#text = { lease, soFar };
    for (const socket of this.ctx.getWebSockets().filter(isOpen)) this.#sendText(socket);
  }

  /** Ends the job: trying again cannot help. */
  async fail(stage: StageName, lease: string, failure: Failure, told: decisions.Told = {}) {
    if (!this.#state) return "stale";
    return this.#carryOut(decisions.fail(this.#state, stage, lease, failure, told));
  }

  /** A dead letter of `stage` arrived: the job waits for a redrive, unless it has moved on. */
  async park(stage: StageName) {
    if (!this.#state) return "moved-on";
    return this.#carryOut(decisions.parkDeadLetter(this.#state, stage, Date.now()));
  }

  /** Redrives a parked stage with a fresh budget of attempts; checkpoints are kept. */
  async resume(stage: StageName) {
    if (!this.#state) return "not-parked";
    return this.#carryOut(decisions.resume(this.#state, stage));
  }

  /** Ends a running job for its user; an ended one stays as it is. Null when it is not theirs. */
  async cancel(userId: string): Promise<JobState | null> {
    const state = this.#visible({ userId });
    if (!state) return null;
    await this.#carryOut(decisions.cancel(state));
    return this.#required();
  }

  /** The whole state, for those who may see it; null for anybody else, as if there were no job. */
  async snapshot(access: Access): Promise<JobState | null> {
    return this.#visible(access);
  }

  /** Opens a WebSocket: first what follows `after`, then what happens. 404 where a snapshot is null. */
  override async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const userId = searchParams.get("user");
    const streamToken = searchParams.get("token") ?? "";
    const state = this.#visible(userId === null ? { streamToken } : { userId });
    if (!state) return new Response(null, { status: 404 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const frame of this.#frames(Number(searchParams.get("after") ?? -1))) server.send(frame);
    this.#sendText(server);
    if (state.endedAt !== null) server.close(1000, "done");
    return new Response(null, { status: 101, webSocket: client });
  }

  /** The watchdog: brings back what was lost, and deletes the job an hour after its end. */
  override async alarm() {
    if (!this.#state) return;
    const now = Date.now();
    const decision = decisions.watch(this.#state, now);
    if (decision.reply.wakeAt === null) {
      this.#state = null;
      this.#events = [];
      await this.ctx.storage.deleteAll();
      return;
    }
    // A fired alarm is used up: the next one commits together with what this one decides.
    void this.ctx.storage.setAlarm(decision.reply.wakeAt);
    await this.#carryOut(decision);
  }

  async #carryOut<Reply>({ events, dispatch, reply }: Decision<Reply>): Promise<Reply> {
    this.#commit(events);
    if (dispatch) await this.#dispatch(dispatch.delaySeconds);
    return reply;
  }

  /** Writes, folds and broadcasts in one turn. The runtime lets nothing out before it is durable. */
  #commit(drafts: readonly EventDraft[]) {
    if (drafts.length === 0) return;
    const first = this.#state?.nextSeq ?? 0;
    const at = Date.now();
    const events = drafts.map((draft, index): JobEvent => ({ ...draft, seq: first + index, at }));
    this.#log.append(events);
    this.#events.push(...events);
    const sockets = this.ctx.getWebSockets().filter(isOpen);
    for (const event of events) {
      this.#state = reduce(this.#state, event);
      if (sockets.length === 0) continue;
      const frame = JSON.stringify(frameOf(event, this.#required()));
      for (const socket of sockets) socket.send(frame);
    }
    if (events.some(({ type }) => type === "queued" || type === "resumed" || type === "done")) {
      this.#arm(at);
    }
    if (this.#required().endedAt === null) return;
    for (const socket of sockets) socket.close(1000, "done");
  }

  /** Sends what a watcher lacks of the running attempt's text; its socket remembers how much it has. */
  #sendText(socket: WebSocket) {
    if (!this.#text || this.#text.lease !== this.#required().lease?.id) return;
    const { lease, soFar } = this.#text;
    const had = TextSent.safeParse(socket.deserializeAttachment());
    const offset = had.data?.lease === lease ? had.data.length : 0;
    if (offset >= soFar.length) return;
    socket.send(JSON.stringify(deltaOf(this.#required(), soFar, offset, Date.now())));
    socket.serializeAttachment({ lease, length: soFar.length } satisfies TextSent);
  }

  #arm(now: number) {
    const { wakeAt } = decisions.watch(this.#required(), now).reply;
    if (wakeAt !== null) void this.ctx.storage.setAlarm(wakeAt);
  }

  async #dispatch(delaySeconds = 0) {
    const { jobId, stage, traceparent } = this.#required();
    const message: StageMessage = { jobId, stage, traceparent };
    await this.env[queueBinding(stage)].send(message, { delaySeconds });
  }

  /** The frames after a cursor, as text. Each is built from the state at its own time. */
  *#frames(after: number) {
    let state: JobState | null = null;
    for (const event of this.#events) {
      state = reduce(state, event);
      if (state && event.seq > after) yield JSON.stringify(frameOf(event, state));
    }
  }

  #visible(access: Access): JobState | null {
    if (!this.#state) return null;
    const sees =
      "userId" in access
        ? access.userId === this.#state.userId
        : access.streamToken === this.#state.streamToken;
    return sees ? this.#state : null;
  }

  #required(): JobState {
    if (!this.#state) throw new Error("The job has no state");
    return this.#state;
  }
}
