import { DurableObject } from "cloudflare:workers";
import { ZodError } from "zod";
import { type DeadLetter, deadLetterOf } from "../../src/pipeline/dead-letter.ts";
import * as attempts from "../../src/pipeline/decisions/attempts.ts";
import * as interventions from "../../src/pipeline/decisions/interventions.ts";
import type { Failure } from "../../src/pipeline/errors.ts";
import type { JobContent } from "../../src/pipeline/job-content.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import type { ModelCall } from "../../src/pipeline/model-call.ts";
import { type NotFound, notFound } from "../../src/pipeline/refusals.ts";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import type { Submission } from "../../src/pipeline/submission.ts";
import { reportUnreadRow } from "../../src/platform/parse-rows.ts";
import { answerClose, openSocket } from "./job-socket.ts";
import { type JobWriter, jobWriter } from "./job-writer.ts";

/** How long a job that cannot be read waits until it is tried again, ms. */
const unreadableMs = 5 * 60_000;

/** One scan: its event log, its queue messages and its subscribers. Every method may be called again. */
export class ScanJob extends DurableObject<Env> {
  /** Null where this version cannot read the log. */
  #writer: JobWriter | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    try {
      this.#writer = jobWriter(ctx, env);
    } catch (error) {
      const reason = error instanceof ZodError ? error : String(error);
      reportUnreadRow({ store: "scan job" }, ctx.id.toString(), reason);
    }
  }

  /** Rejects a call of a job that cannot be read. */
  get #job(): JobWriter {
    return (this.#writer ??= jobWriter(this.ctx, this.env));
  }

  /** Accepts a scan once. Another request under the same id is a conflict, and changes nothing. */
  async submit(submission: Submission) {
    return this.#job.submit(submission);
  }

  /** Answers a request as `submit` does when it was accepted before; not-found when it was not. */
  async replyToRefused(requestHash: string) {
    return this.#job.replyToRefused(requestHash);
  }

  /** Leases a stage to the attempt named `lease`. The reply says what to do with the message. */
  async claim(stage: StageName, lease: string): Promise<attempts.ClaimReply | NotFound> {
    return this.#job.apply((state, now) => attempts.claim(state, stage, lease, now));
  }

  /** Records the outputs of a hop. `finalText` is all the text that was generated on the way. */
  async complete(
    lease: string,
    results: [attempts.StageResult, ...attempts.StageResult[]],
    finalText = "",
  ): Promise<attempts.CompleteReply | NotFound> {
    if (finalText) this.#job.setText(results[0].stage, lease, finalText);
    return this.#job.apply((state) => attempts.complete(state, lease, results));
  }

  /** Records a transient error, before the stage is tried again after the wait that is returned. */
  async retry(
    stage: StageName,
    lease: string,
    failure: Failure,
    details: attempts.TransientDetails = {},
  ): Promise<attempts.RetryReply | NotFound> {
    return this.#job.apply((state, now) =>
      attempts.retry(state, stage, lease, failure, now, details),
    );
  }

  /** Records a permanent error, and ends the job. */
  async fail(stage: StageName, lease: string, failure: Failure, calls: ModelCall[] = []) {
    return this.#job.apply((state) => attempts.fail(state, stage, lease, failure, calls));
  }

  /** Keeps the lease of an attempt that still runs, and shows subscribers what it has generated since. */
  async renew(stage: StageName, lease: string, text = "") {
    return this.#job.renewLease(stage, lease, text);
  }

  /** Shows subscribers the text that an attempt has generated so far. */
  async publishText(stage: StageName, lease: string, text: string) {
    return this.#job.publishText(stage, lease, text);
  }

  /** Parks the job of a dead letter, unless it has moved on. The reply is what the row holds. */
  async park(stage: StageName, redrives = 0): Promise<DeadLetter | "moved-on" | NotFound> {
    const reply = await this.#job.apply((it, now) => interventions.park(it, stage, redrives, now));
    if (reply !== "parked") return reply;
    const { state } = this.#job;
    return (state && deadLetterOf(state)) ?? "moved-on";
  }

  /** Redrives a parked stage, from itself or from a stage before it. A decision is carried out once. */
  async resume(
    stage: StageName,
    decision: string,
    options: { from?: StageName | undefined; automatic?: boolean } = {},
  ) {
    return this.#job.apply((state) => interventions.resume(state, stage, decision, options));
  }

  /** Fails a parked job for good. */
  async archive(failure: Failure) {
    return this.#job.apply((state) => interventions.archive(state, failure));
  }

  /** The stage is paused: its message is sent again at `until`, Unix ms. */
  async postpone(stage: StageName, until: number, reason: string, notice: string | null = null) {
    const pause = { reason, notice };
    return this.#job.apply((it, now) => interventions.postpone(it, stage, until, pause, now));
  }

  /** Ends a job for an operator; an ended job stays as it is. */
  async stop(): Promise<{ state: JobState; changed: boolean } | NotFound> {
    const changed = await this.#job.apply(interventions.cancel);
    const { state } = this.#job;
    return changed === notFound || !state ? notFound : { state, changed };
  }

  /** Ends a job for its user; an ended job stays as it is. */
  async cancel(userId: string): Promise<JobState | NotFound> {
    if (!this.#job.ofUser(userId)) return notFound;
    await this.#job.apply(interventions.cancel);
    return this.inspect();
  }

  /** Continues a completed scan with the class that its user chose. */
  async confirm(userId: string, choice: interventions.Choice) {
    if (!this.#job.ofUser(userId)) return notFound;
    const reply = await this.#job.apply((state, now) => interventions.confirm(state, choice, now));
    const { state } = this.#job;
    return reply === notFound || !state ? notFound : { reply, state };
  }

  /** Decides the reward of a completed scan again, whose user has done what was left to do. */
  async finishSteps(userId: string) {
    if (!this.#job.ofUser(userId)) return notFound;
    const reply = await this.#job.apply(interventions.finishSteps);
    const { state } = this.#job;
    return reply === notFound || !state ? notFound : { reply, state };
  }

  /** Gives the job of a guest to the user who has logged in. Anybody else's, and an unreadable one, stays as it is. */
  async changeOwner(from: string, to: string): Promise<void> {
    if (this.#writer?.ofUser(from)) this.#writer.changeOwner(to);
  }

  /** The state, for its user. */
  async snapshot(userId: string): Promise<JobState | NotFound> {
    return this.#job.ofUser(userId) ?? notFound;
  }

  /** The state, for operators. */
  async inspect(): Promise<JobState | NotFound> {
    return this.#job.state ?? notFound;
  }

  /** The request, the answer and the calls as far as they are kept, for operators who have said why. */
  async content(): Promise<JobContent | NotFound> {
    return this.#job.content() ?? notFound;
  }

  /** Its domain events from a seq of theirs, for a log that misses some; null when it has none. */
  async domainEvents(from: number) {
    return this.#job.domainEvents(from);
  }

  override async fetch(request: Request) {
    return openSocket(request, this.#job);
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string) {
    answerClose(socket, code, reason);
  }

  override async alarm() {
    if (this.#writer) await this.#writer.watchdog.check();
    // A fired alarm is used up, and one that fails is given up: the job waits for a version that reads it.
    else await this.ctx.storage.setAlarm(Date.now() + unreadableMs);
  }

  /** The alarm's work, for cron, which finds jobs whose alarm was lost. */
  async recover() {
    return this.#job.watchdog.check();
  }

  /** Deletes the job for its user, also one that cannot be read. The reply names its photo, if one was stored. */
  async erase(): Promise<{ photoKey: string | null } | NotFound> {
    if (this.#writer) return this.#writer.erase();
    await this.ctx.storage.deleteAll();
    return notFound;
  }
}
