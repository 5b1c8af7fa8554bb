import { DurableObject } from "cloudflare:workers";
import { log } from "../src/log.ts";
import { listOpen, unlist } from "../src/operations/open-jobs.ts";
import * as decisions from "../src/pipeline/decisions/index.ts";
import type {
  ClaimReply,
  CompleteReply,
  Decision,
  ResumeReply,
  RetryReply,
} from "../src/pipeline/decisions/index.ts";
import { type DeadLetter, deadLetterOf } from "../src/pipeline/dead-letter.ts";
import type { Failure } from "../src/pipeline/errors.ts";
import type { EventDraft, JobEvent } from "../src/pipeline/events.ts";
import { frameOf } from "../src/pipeline/frames.ts";
import { inputOf, type JobState, reduce, replay, type StageInput } from "../src/pipeline/job.ts";
import type { StageMessage } from "../src/pipeline/messages.ts";
import type { ScanRequest } from "../src/pipeline/request.ts";
import { queueBinding, type StageName, type StageOutput } from "../src/pipeline/stages/index.ts";
import { webhookOf } from "../src/pipeline/webhook.ts";
import { eventLog } from "./event-log.ts";
import { outbox } from "./outbox.ts";
import { type TextSoFar, watchers } from "./watchers.ts";

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

/**
 * One scan. It owns the log of what happened, is the only sender to the stage queues, and pushes
 * each event to the sockets that watch. Memory is a cache of the log.
 */
export class ScanJob extends DurableObject<Env> {
  readonly #log = eventLog(this.ctx.storage.sql);
  readonly #outbox = outbox(this.ctx.storage.sql);
  readonly #watchers = watchers(this.ctx);
  #events: JobEvent[] = this.#log.read();
  #state: JobState | null = replay(this.#events);
  /** What an attempt is generating. The attempt says it whole each time, so it need not be kept. */
  #text: TextSoFar | null = null;

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
    if (request.callback_url !== null) this.#outbox.create();
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
    this.#watchers.write(this.#state, this.#text);
  }

  /** Ends the job: trying again cannot help. */
  async fail(stage: StageName, lease: string, failure: Failure, told: decisions.Told = {}) {
    if (!this.#state) return "stale";
    return this.#carryOut(decisions.fail(this.#state, stage, lease, failure, told));
  }

  /**
   * A dead letter of `stage` arrived: the job waits for a redrive, unless it has moved on. Answers
   * what is known of it, null when the job needs it no more, or that there is no such job.
   */
  async park(stage: StageName): Promise<DeadLetter | "gone" | null> {
    if (!this.#state) return "gone";
    const verdict = await this.#carryOut(decisions.parkDeadLetter(this.#state, stage, Date.now()));
    return verdict === "parked" ? deadLetterOf(this.#required()) : null;
  }

  /**
   * Redrives a parked stage with a fresh budget of attempts, from itself or a stage before it;
   * earlier checkpoints are kept. The same decision has one effect, however often it is said.
   */
  async resume(
    stage: StageName,
    decision: string,
    from?: StageName,
  ): Promise<ResumeReply | "gone"> {
    if (!this.#state) return "gone";
    return this.#carryOut(decisions.resume(this.#state, stage, decision, from));
  }

  /** Gives up a parked job for good, and tells its client why. */
  async archive(failure: Failure) {
    if (!this.#state) return "gone";
    return this.#carryOut(decisions.archive(this.#state, failure));
  }

  /** The stage is paused: its message comes again at `until`, and no attempt is used up. */
  async postpone(stage: StageName, until: number, reason: string) {
    if (!this.#state) return;
    await this.#carryOut(decisions.postpone(this.#state, stage, until, reason, Date.now()));
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

  /** The whole state, for operators. */
  async inspect(): Promise<JobState | null> {
    return this.#state;
  }

  /** Opens a WebSocket: first what follows `after`, then what happens. 404 where a snapshot is null. */
  override async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const userId = searchParams.get("user");
    const streamToken = searchParams.get("token") ?? "";
    const state = this.#visible(userId === null ? { streamToken } : { userId });
    if (!state) return new Response(null, { status: 404 });
    const { 0: client, 1: server } = new WebSocketPair();
    const after = Number(searchParams.get("after") ?? -1);
    const wire = searchParams.get("wire") === "relay" ? "relay" : "client";
    this.#watchers.welcome(server, wire, this.#framesAfter(after), state, this.#text);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async alarm() {
    await this.wake();
  }

  /**
   * The watchdog: brings back what was lost, sends what is still to be told, and deletes the job an
   * hour after its end. Whoever finds a job that has overslept may call it, too. False when there is
   * no job.
   */
  async wake(): Promise<boolean> {
    if (!this.#state) return false;
    const now = Date.now();
    const decision = decisions.watch(this.#state, now);
    if (decision.reply.wakeAt === null) {
      const { jobId, submittedAt, endedAt } = this.#state;
      this.#state = null;
      this.#events = [];
      await this.ctx.storage.deleteAll();
      if ((endedAt ?? now) - submittedAt >= decisions.watchMs) await this.#list(jobId, null);
      return true;
    }
    // A fired alarm is used up: the next one commits together with what this one decides.
    const { wakeAt } = decision.reply;
    const tellAt = this.#pending().length > 0 ? now + decisions.watchMs : Infinity;
    void this.ctx.storage.setAlarm(Math.min(wakeAt, tellAt));
    await this.#carryOut(decision);
    await this.#tellOutside();
    const { jobId, endedAt } = this.#required();
    await this.#list(jobId, endedAt === null ? wakeAt : null);
    return true;
  }

  /** Lists a job that is open for longer than usual, so that it is missed when it oversleeps. */
  async #list(jobId: string, wakesAt: number | null) {
    const { DB } = this.env;
    try {
      await (wakesAt === null ? unlist(DB, jobId) : listOpen(DB, jobId, wakesAt));
    } catch (error) {
      log("warn", "job.not_listed", { job: jobId, error: String(error) });
    }
  }

  async #carryOut<Reply>({ events, dispatch, reply }: Decision<Reply>): Promise<Reply> {
    this.#commit(events);
    if (dispatch) await this.#dispatch(dispatch.delaySeconds);
    if (events.length > 0) await this.#tellOutside();
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
    const happened = events.map((event) => {
      this.#state = reduce(this.#state, event);
      return { event, state: this.#required() };
    });
    for (const { event, state } of happened) {
      const webhook = webhookOf(event, state);
      if (webhook) this.#outbox.put(webhook);
    }
    this.#watchers.tell(happened);
    if (events.some(({ type }) => type === "queued" || type === "resumed" || type === "done")) {
      this.#arm(at);
    }
  }

  #arm(now: number) {
    const { wakeAt } = decisions.watch(this.#required(), now).reply;
    // What is still to be told may be forgotten by whoever dies now.
    const tellAt = this.#pending().length > 0 ? now + decisions.watchMs : Infinity;
    if (wakeAt !== null) void this.ctx.storage.setAlarm(Math.min(wakeAt, tellAt));
  }

  #pending = () => (this.#required().request.callback_url === null ? [] : this.#outbox.pending());

  /** Hands what is to be told to its queue; what cannot be handed over now is tried again by the watchdog. */
  async #tellOutside() {
    for (const message of this.#pending()) {
      try {
        await this.env.WEBHOOKS.send(message);
      } catch (error) {
        log("error", "job.webhook_not_sent", { webhook: message.id, error: String(error) });
        return;
      }
      this.#outbox.remove(message.id);
    }
  }

  async #dispatch(delaySeconds = 0) {
    const { jobId, stage, traceparent } = this.#required();
    const message: StageMessage = { jobId, stage, traceparent };
    await this.env[queueBinding(stage)].send(message, { delaySeconds });
  }

  /** The frames after a cursor. Each is built from the state at its own time. */
  *#framesAfter(after: number) {
    let state: JobState | null = null;
    for (const event of this.#events) {
      state = reduce(state, event);
      if (state && event.seq > after) yield frameOf(event, state);
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
