import { DurableObject } from "cloudflare:workers";
import { log } from "../src/platform/log.ts";
import { trackJob, untrackJob } from "../src/cron/open-jobs.ts";
import * as decisions from "../src/pipeline/decisions/index.ts";
import type {
  ClaimReply,
  CompleteReply,
  Decision,
  ResumeReply,
  RetryReply,
} from "../src/pipeline/decisions/index.ts";
import type { Standing } from "../src/pipeline/admission.ts";
import { type DeadLetter, deadLetterOf } from "../src/pipeline/dead-letter.ts";
import type { Failure } from "../src/pipeline/errors.ts";
import { effectsOf } from "../src/pipeline/effects.ts";
import type { EventDraft, JobEvent } from "../src/pipeline/events.ts";
import { frameOf } from "../src/pipeline/frames.ts";
import { type JobState, reduce, replay } from "../src/pipeline/job.ts";
import { inputOf, type StageInput } from "../src/pipeline/stage-input.ts";
import type { StageMessage } from "../src/pipeline/messages.ts";
import type { ScanRequest } from "../src/pipeline/request.ts";
import {
  queueBinding,
  shardOf,
  type StageName,
  type StageOutput,
} from "../src/pipeline/stages/stage-table.ts";
import { eventLog } from "./event-log.ts";
import { tell } from "./tell.ts";
import { type TextSoFar, watchers, type Writing } from "./watchers.ts";

export interface Submission extends Standing {
  jobId: string;
  userId: string;
  request: ScanRequest;
  traceparent: string;
}

type Claimed = ClaimReply & { input: StageInput };
type Completed = CompleteReply & { input: StageInput };

/**
 * One scan. It owns the log of what happened, is the only sender to the stage queues, and pushes
 * each event to the sockets that watch. Memory is a cache of the log.
 */
export class ScanJob extends DurableObject<Env> {
  readonly #log = eventLog(this.ctx.storage.sql);
  readonly #watchers = watchers(this.ctx);
  readonly #kept = this.#log.read();
  #events: JobEvent[] = this.#kept.events;
  /** The seq up to which the effects of events have left. */
  #told: number = this.#kept.told;
  #state: JobState | null = replay(this.#events);
  /** What an attempt is generating. The attempt says it whole each time, so it need not be kept. */
  #text: TextSoFar | null = null;

  /**
   * Accepts a scan once. The same submission again finds the same job; another request under the
   * same id is a conflict and changes nothing.
   */
  async submit(submission: Submission) {
    const { jobId, request } = submission;
    if (this.#state) {
      const same = JSON.stringify(this.#state.request) === JSON.stringify(request);
      return { verdict: same ? "accepted" : "conflict", state: this.#state } as const;
    }
    this.#log.create();
    this.#commit([{ type: "queued", ...submission }]);
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
   * Records a stage's output, and that of the next one where it was run `ahead`, and starts what
   * follows, at the caller's when it can `goOn`; refused without the current lease. `said` is all the
   * text that was generated on the way.
   */
  async complete(
    stage: StageName,
    lease: string,
    output: StageOutput,
    { said, ...then }: decisions.Then & { said?: string } = {},
  ): Promise<Completed> {
    if (!this.#state) return { verdict: "stale", input: {} };
    if (said && decisions.holds(this.#state, stage, lease)) this.#text = { lease, soFar: said };
    const decision = decisions.complete(this.#state, stage, lease, output, Date.now(), then);
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
    this.#watchers.write(this.#writing());
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
    const state = this.#visible(userId);
    if (!state) return null;
    await this.#carryOut(decisions.cancel(state));
    return this.#state;
  }

  /** The whole state, for its user; null for anybody else, as if there were no job. */
  async snapshot(userId: string): Promise<JobState | null> {
    return this.#visible(userId);
  }

  /** The whole state, for operators. */
  async inspect(): Promise<JobState | null> {
    return this.#state;
  }

  /** Opens a WebSocket: first what follows `after`, then what happens. 404 where a snapshot is null. */
  override async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const state = this.#visible(searchParams.get("user") ?? "");
    if (!state) return new Response(null, { status: 404 });
    const { 0: client, 1: server } = new WebSocketPair();
    const after = Number(searchParams.get("after") ?? -1);
    const wire = searchParams.get("wire") === "relay" ? "relay" : "client";
    this.#watchers.welcome(server, wire, this.#framesAfter(after), state, this.#writing());
    return new Response(null, { status: 101, webSocket: client });
  }

  override async alarm() {
    await this.wake();
  }

  /**
   * The watchdog: brings back what was lost, sends what is still to be told, and deletes the job an
   * hour after its end. Whoever finds a job that has overdueJobs may call it, too. False when there is
   * no job.
   */
  async wake(): Promise<boolean> {
    if (!this.#state) return false;
    const now = Date.now();
    const decision = decisions.watch(this.#state, now);
    if (decision.reply.wakeAt === null) return this.#endLife(this.#state, now);
    // A fired alarm is used up: the next one commits together with what this one decides.
    const { wakeAt } = decision.reply;
    const tellAt = Math.min(wakeAt, now + decisions.watchMs);
    void this.ctx.storage.setAlarm(tellAt);
    await this.#carryOut(decision);
    if ((await this.#tell()) && tellAt < wakeAt) void this.ctx.storage.setAlarm(wakeAt);
    // It may have been erased meanwhile.
    if (!this.#state) return true;
    const { jobId, endedAt } = this.#state;
    await this.#list(jobId, endedAt === null ? wakeAt : null);
    return true;
  }

  /** Deletes an ended job, once all that follows from it has left; a week is long enough for that. */
  async #endLife({ jobId, submittedAt, endedAt }: JobState, now: number): Promise<true> {
    const ended = endedAt ?? now;
    void this.ctx.storage.setAlarm(now + decisions.watchMs);
    if (!(await this.#tell()) && now - ended < decisions.parkedMs) return true;
    await this.#forget();
    if (ended - submittedAt >= decisions.watchMs) await this.#list(jobId, null);
    return true;
  }

  /** Lists a job that is open for longer than usual, so that it is missed when it oversleeps. */
  async #list(jobId: string, wakesAt: number | null) {
    const { DB } = this.env;
    try {
      await (wakesAt === null ? untrackJob(DB, jobId) : trackJob(DB, jobId, wakesAt));
    } catch (error) {
      log("warn", "job.not_listed", { job: jobId, error: String(error) });
    }
  }

  /**
   * Forgets all of it, for its user: who watches is sent away, and what messages and alarms find later
   * is no job. The photo that was stored for it, if any.
   */
  async erase(): Promise<{ photoKey: string | null } | "gone"> {
    if (!this.#state) return "gone";
    const { request, jobId } = this.#state;
    this.#watchers.dismiss();
    await this.#forget();
    await this.#list(jobId, null);
    return { photoKey: request.photo?.kind === "stored" ? request.photo.key : null };
  }

  async #forget() {
    this.#state = null;
    this.#events = [];
    this.#told = -1;
    this.#text = null;
    await this.ctx.storage.deleteAll();
  }

  async #carryOut<Reply>({ events, dispatch, reply }: Decision<Reply>): Promise<Reply> {
    this.#commit(events);
    if (dispatch) await this.#dispatch(dispatch.delaySeconds);
    if (events.some(({ type }) => type === "parked" || type === "done")) await this.#tell();
    return reply;
  }

  /** Writes, folds and broadcasts in one turn. The runtime lets nothing out before it is durable. */
  #commit(drafts: readonly EventDraft[]) {
    if (drafts.length === 0) return;
    const before = this.#writing();
    const first = this.#state?.nextSeq ?? 0;
    const at = Date.now();
    const events = drafts.map((draft, index): JobEvent => ({ ...draft, seq: first + index, at }));
    this.#log.append(events);
    this.#events.push(...events);
    const happened = events.map((event) => {
      this.#state = reduce(this.#state, event);
      return { event, state: this.#required() };
    });
    this.#watchers.tell(happened, before);
    if (events.some(({ type }) => type === "queued" || type === "resumed")) this.#arm(at);
  }

  #arm(now: number) {
    const { wakeAt } = decisions.watch(this.#required(), now).reply;
    if (wakeAt !== null) void this.ctx.storage.setAlarm(wakeAt);
  }

  /**
   * Lets the effects of what has happened leave. False when some could not: then all are told again
   * by the watchdog, whose alarm is never further away than that until it is moved here.
   */
  async #tell(): Promise<boolean> {
    if (!this.#state) return true;
    const { jobId, nextSeq } = this.#state;
    const upTo = nextSeq - 1;
    try {
      await tell(this.env, effectsOf(this.#events, this.#told));
    } catch (error) {
      log("error", "job.effects_not_told", { job: jobId, error: String(error) });
      return false;
    }
    if (this.#told >= upTo || !this.#state) return true;
    this.#log.markTold(upTo);
    this.#told = upTo;
    if (this.#state.endedAt !== null) this.#arm(Date.now());
    return true;
  }

  async #dispatch(delaySeconds = 0) {
    const { jobId, stage, lane, traceparent } = this.#required();
    const message: StageMessage = { jobId, stage, traceparent };
    const queue = this.env[queueBinding(stage, shardOf(stage, jobId, lane))];
    await queue.send(message, { delaySeconds });
  }

  /** The frames after a cursor. Each is built from the state at its own time. */
  *#framesAfter(after: number) {
    let state: JobState | null = null;
    for (const event of this.#events) {
      state = reduce(state, event);
      if (state && event.seq > after) yield frameOf(event, state);
    }
  }

  #writing = (): Writing => this.#state && this.#text && { state: this.#state, text: this.#text };

  #visible(userId: string): JobState | null {
    return this.#state?.userId === userId ? this.#state : null;
  }

  #required(): JobState {
    if (!this.#state) throw new Error("The job has no state");
    return this.#state;
  }
}
