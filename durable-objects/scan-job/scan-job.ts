import { DurableObject } from "cloudflare:workers";
import { type DeadLetter, deadLetterOf } from "../../src/pipeline/dead-letter.ts";
import * as attempts from "../../src/pipeline/decisions/attempts.ts";
import * as interventions from "../../src/pipeline/decisions/interventions.ts";
import type { Failure } from "../../src/pipeline/errors.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import type { ModelCall } from "../../src/pipeline/model-call.ts";
import { type NotFound, notFound, stale } from "../../src/pipeline/refusals.ts";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import type { Submission } from "../../src/pipeline/submission.ts";
import { jobWriter } from "./job-writer.ts";

/** A close without a code, or a connection that broke, has a code that nobody may send. */
const sendableCode = (code: number) => (code === 1005 || code === 1006 ? 1000 : code);

/**
 * One scan. The object owns the event log, is the only sender to the stage queues, and broadcasts each
 * event to its subscribers. Memory is a cache of the log. Every method may be called again.
 */
export class ScanJob extends DurableObject<Env> {
  readonly #job = jobWriter(this.ctx, this.env);

  /** Accepts a scan once. Another request under the same id is a conflict, and changes nothing. */
  async submit(submission: Submission) {
    const { jobId, request } = submission;
    const { state } = this.#job;
    if (state) {
      const same = JSON.stringify(state.request) === JSON.stringify(request);
      return { verdict: same ? "accepted" : "conflict", state } as const;
    }
    const accepted = await this.#job.accept(jobId, { type: "queued", ...submission });
    return { verdict: "accepted", state: accepted } as const;
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

  /** Keeps the lease of an attempt that still runs. */
  async renew(stage: StageName, lease: string) {
    if (!this.#job.state) return notFound;
    return this.#job.renewLease(stage, lease) ? "renewed" : stale;
  }

  /** Shows subscribers the text that an attempt has generated so far, and keeps its lease. */
  async publishText(stage: StageName, lease: string, text: string) {
    if (!this.#job.state) return notFound;
    if (!this.#job.renewLease(stage, lease)) return stale;
    this.#job.setText(stage, lease, text);
    this.#job.publishText();
    return "published";
  }

  /** Parks the job of a dead letter, unless it has moved on. The reply is what the row holds. */
  async park(stage: StageName, redrives = 0): Promise<DeadLetter | "moved-on" | NotFound> {
    const reply = await this.#job.apply((state, now) =>
      interventions.park(state, stage, redrives, now),
    );
    return reply === "parked" ? (deadLetterOf(this.#state()) ?? "moved-on") : reply;
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
  async postpone(stage: StageName, until: number, reason: string) {
    return this.#job.apply((state, now) =>
      interventions.postpone(state, stage, until, reason, now),
    );
  }

  /** Ends a job for its user; an ended job stays as it is. */
  async cancel(userId: string): Promise<JobState | NotFound> {
    if (!this.#isOwnedBy(userId)) return notFound;
    await this.#job.apply(interventions.cancel);
    return this.#job.state ?? notFound;
  }

  /** Continues a completed scan with the class that its user chose. */
  async confirm(userId: string, choice: interventions.Choice) {
    if (!this.#isOwnedBy(userId)) return notFound;
    const reply = await this.#job.apply((state, now) => interventions.confirm(state, choice, now));
    return reply === notFound ? notFound : { reply, state: this.#state() };
  }

  /** The state, for its user. */
  async snapshot(userId: string): Promise<JobState | NotFound> {
    return this.#isOwnedBy(userId) ? this.#state() : notFound;
  }

  /** The state, for operators. */
  async inspect(): Promise<JobState | NotFound> {
    return this.#job.state ?? notFound;
  }

  /**
   * Opens a WebSocket that replays what follows `after`. 404 where a snapshot is not found, and 204 to the relay of
   * server-sent events when nothing will follow.
   */
  override async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    if (!this.#isOwnedBy(searchParams.get("user"))) return new Response(null, { status: 404 });
    const after = Number(searchParams.get("after") ?? -1);
    const encoding = searchParams.get("encoding") === "relay" ? "relay" : "client";
    const { endedAt, nextSeq } = this.#state();
    const isOver = endedAt !== null && after >= nextSeq - 1;
    if (isOver && encoding === "relay") return new Response(null, { status: 204 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#job.subscribe(server, encoding, after);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Answers a client's close at once. */
  override async webSocketClose(socket: WebSocket, code: number, reason: string) {
    socket.close(sendableCode(code), reason);
  }

  override async alarm() {
    await this.#job.watchdog.check();
  }

  /** The alarm's work, for cron, which finds jobs whose alarm was lost. */
  async recover() {
    return this.#job.watchdog.check();
  }

  /** Deletes the job for its user. The reply names the photo that was stored for it, if any. */
  async erase(): Promise<{ photoKey: string | null } | NotFound> {
    if (!this.#job.state) return notFound;
    const { request, jobId } = this.#job.state;
    this.#job.sockets.disconnect();
    await this.#job.purge();
    await this.#job.watchdog.untrack(jobId);
    return { photoKey: request.photo?.kind === "stored" ? request.photo.key : null };
  }

  #isOwnedBy = (userId: string | null) => userId !== null && this.#job.state?.userId === userId;

  #state(): JobState {
    if (!this.#job.state) throw new Error("The job has no state");
    return this.#job.state;
  }
}
